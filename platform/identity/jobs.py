"""Durable jobs of identity."""

from core import jobs
from identity import services


@jobs.handler("identity.complete_attempt")
def complete_attempt(attempt_id: int) -> None:
    services.complete_attempt(attempt_id)
