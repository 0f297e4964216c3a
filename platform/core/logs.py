"""What is logged: one line per event with personal data masked in every value, and kept for as long as R97 asks."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import structlog

from core.masking import mask_card, mask_email, mask_id, mask_phone

# Named so that nobody has to guess from the value: these are never logged at all.
_SECRET = re.compile(
    r"pass(word|wd)|secret|token|authorization|cookie|session_?key|otp|totp|id_number|card|signature|private",
    re.IGNORECASE,
)
_OPAQUE = {"request_id", "parent_task_id", "task_id"}
_GROUPED = r"(?:[ -]?\d)"
_ID_NUMBER = re.compile(r"(?<![\dA-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![\dA-Za-z])")
_CARD = re.compile(rf"(?<![\dA-Za-z.])\d{_GROUPED}{{14,18}}(?![\dA-Za-z])")
_PHONE = re.compile(rf"(?<![\dA-Za-z])(?:\+?86[ -]?)?1[3-9]{_GROUPED}{{9}}(?![\dA-Za-z])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_IN_ADDRESS = re.compile(r"([?&][\w-]*(?:token|sig|key|code|state)[\w-]*=)[^&\s'\"]+", re.IGNORECASE)


def mask_text(text: str) -> str:
    """`text` with ID numbers, bank cards, phones, e-mail addresses and signatures in addresses masked, however grouped.

    It would rather mask a number of 15 to 19 digits that is none of these than let a card through.
    """
    text = _ID_NUMBER.sub(lambda m: mask_id(m.group()), text)
    text = _CARD.sub(lambda m: mask_card(_digits(m.group())), text)
    text = _PHONE.sub(lambda m: mask_phone(_digits(m.group())[-11:]), text)
    text = _EMAIL.sub(lambda m: mask_email(m.group()), text)
    return _IN_ADDRESS.sub(r"\1***", text)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _mask(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        masked = mask_text(str(value))
        return value if masked == str(value) else masked
    if depth > 6:
        return "…"
    if isinstance(value, Mapping):
        return {
            mask_text(str(key)): "***" if _SECRET.search(str(key)) else _mask(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask(item, depth + 1) for item in value]
    return mask_text(str(value))


def masking_processor(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last structlog processor before rendering; sees Django's and other libraries' lines as well."""
    for key in list(event):
        if key.startswith("_") or key in _OPAQUE:
            continue
        event[key] = "***" if _SECRET.search(key) else _mask(event[key])
    return event


class DailyFile(logging.FileHandler):
    """One file a day, `candor-2026-11-23.log`; files older than `keep_days` go when a new day begins.

    Several processes may write: each line is one append.
    """

    def __init__(self, folder: str, keep_days: int) -> None:
        self.folder, self.keep_days = Path(folder), keep_days
        self.folder.mkdir(parents=True, exist_ok=True)
        super().__init__(self._today(), encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        if self.baseFilename != self._today():
            self.close()
            self.baseFilename = self._today()
            self._discard_old()
        super().emit(record)

    def _today(self) -> str:
        return str(self.folder.absolute() / f"candor-{date.today().isoformat()}.log")

    def _discard_old(self) -> None:
        oldest = f"candor-{(date.today() - timedelta(days=self.keep_days)).isoformat()}.log"
        for path in self.folder.glob("candor-????-??-??.log"):
            if path.name < oldest:
                path.unlink(missing_ok=True)


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    structlog.processors.UnicodeDecoder(),
]


def configure(*, level: str, as_json: bool, folder: Path | None, keep_days: int) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING: `level` and above to the console, every request to the daily file."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handlers: dict[str, Any] = {
        "console": {
            "class": "logging.StreamHandler",
            "level": level,
            "formatter": "json" if as_json else "plain",
        }
    }
    if folder:
        handlers["file"] = {
            "()": DailyFile,
            "folder": str(folder),
            "keep_days": keep_days,
            "level": "INFO",
            "formatter": "json",
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": _formatter(structlog.processors.JSONRenderer(ensure_ascii=False)),
            "plain": _formatter(structlog.dev.ConsoleRenderer(colors=False)),
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": "INFO" if folder else level},
        # Django's own copy of each line would go to the console unmasked; ours goes through the root.
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
        },
    }


def _formatter(renderer: Any) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, masking_processor, renderer],
    }
