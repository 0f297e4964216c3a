"""The one error that a service raises for something the reader can mend."""

from collections.abc import Mapping

from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """A refusal with a stable code, a sentence in the reader's language, and the field it belongs to, if any.

    HTML forms show it beside the field, the REST API answers `status` with `{"code", "detail", "fields"}`.
    """

    status = 400

    def __init__(self, code: str, message: Text, *, field: str = "", fields: Mapping[str, Text] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields: dict[str, Text] = dict(fields or ({field: message} if field else {}))

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Conflict(DomainError):
    """The thing changed in the meantime, or the action is not possible in its present state."""

    status = 409


class Forbidden(DomainError):
    """The person may see the thing but not do this with it."""

    status = 403
