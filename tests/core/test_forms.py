"""Amounts as people type them, and refusals beside their fields."""

import pytest
from django import forms

from core.errors import DomainError
from core.forms import YuanField, show_errors


class Gift(forms.Form):
    amount = YuanField()
    note = forms.CharField(required=False)


@pytest.mark.parametrize(("typed", "fen"), [("20", 2000), ("￥1,234.5", 123450), ("１００．０１", 10001), ("0.01", 1)])
def test_amounts_are_read_as_people_write_them(typed: str, fen: int) -> None:
    form = Gift({"amount": typed})
    assert form.is_valid()
    assert form.cleaned_data["amount"] == fen


@pytest.mark.parametrize("typed", ["", "-5", "1.234", "1e3", "abc", "٣", "1" * 19])
def test_what_is_no_amount_is_told_beside_the_field_and_kept(typed: str) -> None:
    form = Gift({"amount": typed})
    assert not form.is_valid()
    assert form.errors.keys() == {"amount"}
    assert form["amount"].value() == typed


def test_a_refusal_goes_to_its_field_or_on_top() -> None:
    form = Gift({"amount": "5"})
    assert form.is_valid()
    show_errors(form, DomainError("x", "too much", field="amount"))
    show_errors(form, DomainError("y", "not now"))
    show_errors(form, DomainError("z", "elsewhere", field="unknown"))
    assert form.errors["amount"] == ["too much"]
    assert form.non_field_errors() == ["not now", "elsewhere"]
