"""Durable jobs of documents."""

from datetime import timedelta

from core import jobs
from documents import services


@jobs.recurring("documents.sweep_files", every=timedelta(days=1))
def sweep_files() -> None:
    services.sweep_files()
