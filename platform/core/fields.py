"""Model fields of the house."""

from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from core.crypto import seal, unseal


class EncryptedTextField(models.TextField):
    """Text that the database only ever sees encrypted. It cannot be filtered on: keep a blind index column beside it."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value in (None, "") else seal(value, context=self.context)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return unseal(value, context=self.context) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"isnull"}:
            raise FieldError(f"{self.context} is encrypted: look it up by its blind index.")
        return super().get_lookup(lookup_name)

    @property
    def context(self) -> str:
        """What a stored value is bound to: it opens in this column of this table only."""
        return f"{self.model._meta.label_lower}.{self.attname}"
