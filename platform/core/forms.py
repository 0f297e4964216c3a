"""What forms of several rooms share."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.money import Fen, parse_yuan, yuan_plain

LONGEST_ID = 18  # digits: what fits into a column of ids


class YuanField(forms.CharField):
    """An amount as people write it; cleans to fen, or None when it may be empty and is."""

    # Django's own sentence: standing here, it gets a friendlier Chinese from this house's catalogue, in every form.
    default_error_messages = {"required": _("This field is required.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off", "maxlength": "20"})

    def prepare_value(self, value: Any) -> Any:
        return yuan_plain(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Fen | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except DomainError as error:
            raise ValidationError(str(error.message), code=error.code) from error


class PicksField(forms.ModelMultipleChoiceField):
    """Some rows of a table. A number that no row can have is simply not a choice, however long it is."""

    def clean(self, value: Any) -> Any:
        for one in value or ():
            if len(str(one)) > LONGEST_ID:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": str(one)[:30]}
                )
        return super().clean(value)


def show_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Put a service's refusal beside its field, or on top of the form when it has none on this page."""
    for name, message in (error.fields or {"": error.message}).items():
        form.add_error(name if name in form.fields else None, str(message))
