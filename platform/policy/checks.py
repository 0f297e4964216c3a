"""What the platform refuses to start with."""

from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from policy.enforce import enforces

_OWN = {SELF, NONCE, NONE, "data:", "blob:"}
_CONTENT = (
    "default-src",
    "script-src",
    "style-src",
    "img-src",
    "media-src",
    "font-src",
    "connect-src",
    "frame-src",
    "child-src",
)


@register()
@enforces("R92")
def only_our_own_content(**_options: Any) -> list[CheckMessage]:
    """No page can load an advertisement, a tracker or an insurer's widget: browsers get content of this site only (R92)."""
    directives: dict[str, list[str]] = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]  # type: ignore[assignment]
    strangers = {f"{name} {source}" for name in _CONTENT for source in directives.get(name, ()) if source not in _OWN}
    return [
        Error(f"Help pages carry no foreign content (R92): {stranger}", id="policy.E092")
        for stranger in sorted(strangers)
    ]
