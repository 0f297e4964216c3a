"""What the platform says at the start about channels that are set up wrongly."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from payments import channels


@register()
def channels_are_complete(**_options: Any) -> list[CheckMessage]:
    """Keys that can be read and that are what their ids say, nothing missing, no live service in a sandbox."""
    return [
        Error(f"Payment channel {channel.code}: {problem}", id="payments.E001")
        for channel in channels.CHANNELS.values()
        if channel.configured()
        for problem in channels.problems(channel)
    ]
