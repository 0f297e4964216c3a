"""What a person would read on their phone or in their mail."""

from django.utils import timezone

from core import jobs
from notices.models import SandboxMessage
from notices.selectors import sandbox_messages


def messages_to(address: str) -> list[SandboxMessage]:
    """Everything that has been sent to `address`, newest first, after the waiting jobs have run."""
    while jobs.sweep(timezone.now()):
        pass
    return sandbox_messages(address)


def code_for(address: str) -> str:
    return messages_to(address)[0].code
