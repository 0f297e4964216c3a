"""What people type and choose about papers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError
from documents import selectors, services
from documents.kinds import Kind
from documents.models import Document, PublicCopy
from documents.rules import Box

ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif,application/pdf"


class Papers(NamedTuple):
    """What the widget sends: ids of uploads made before, and files chosen now."""

    ids: list[str]
    files: list[UploadedFile]


class PapersWidget(forms.Widget):
    """A file input that sends at once where there is JavaScript, and with the form where there is none."""

    needs_multipart_form = True

    def __init__(self, kind: str, most: int) -> None:
        super().__init__()
        self.kind, self.most = kind, most
        self.owner: User | None = None
        self.kept: list[Document] | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Papers:
        ids = data.getlist(name) if hasattr(data, "getlist") else list(data.get(name, []))
        return Papers(ids, files.getlist(f"{name}_file") if hasattr(files, "getlist") else [])

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}_file" not in files

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        return render_papers(self, name, value, attrs or {})

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_file" if id_ else ""


class PapersField(forms.Field):
    """Papers of one kind shown by the signed-in person; cleans to a list of their Documents, oldest first.

    Call `for_owner(user)` in the form's `__init__`. Files that came with the form are stored while it is cleaned, so that a
    mistake elsewhere in the form loses none of them; a file that is refused says why beside this field.
    """

    widget: PapersWidget

    def __init__(self, *, kind: str, most: int = 9, **kwargs: Any) -> None:
        self.kind, self.most = kind, most
        super().__init__(widget=PapersWidget(kind, most), **kwargs)

    def for_owner(self, user: User) -> None:
        self.owner = self.widget.owner = user

    def clean(self, value: Papers) -> list[Document]:
        kept = own_documents(self.owner, value.ids, self.kind)
        refusals: list[ValidationError] = []
        for file in value.files:
            try:
                stored = services.store(actor=self.owner, upload=file, kind=self.kind)
            except DomainError as error:
                refusals.append(ValidationError(f"{file.name}: {error.message}", code=error.code))
            else:
                kept += [] if stored in kept else [stored]
        self.widget.kept = kept
        if refusals:
            raise ValidationError(refusals)
        if self.required and not kept:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(kept) > self.most:
            message = _("At most %(most)d files are possible here.") % {"most": self.most}
            raise ValidationError(message, code="too_many_files")
        return kept

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether anything was chosen or taken away: a line of a form set that was left alone stays empty."""
        return bool(data.files) or data.ids != [str(document.pk) for document in initial or []]


def own_documents(owner: User, ids: Sequence[str], kind: str) -> list[Document]:
    """The owner's documents of this kind among `ids`; anything else is simply not theirs to show. One query."""
    numbers = [int(text) for text in ids[:100] if text.isascii() and text.isdigit() and len(text) < 16]
    return list(Document.objects.filter(owner=owner, kind=kind, pk__in=numbers).order_by("pk"))


def render_papers(
    widget: PapersWidget, name: str, value: Any, attrs: dict[str, Any], errors: Sequence[str] = ()
) -> str:
    """The widget as HTML; the upload view answers with it too."""
    owner = widget.owner
    if owner is None:
        raise ValueError("PapersField.for_owner() was not called")
    kept = widget.kept
    if kept is None:
        kept = own_documents(owner, value.ids, widget.kind) if isinstance(value, Papers) else list(value or [])
    items = [(document, selectors.signed_url(document, viewer=owner, purpose="own", size="thumb")) for document in kept]
    context = {
        "name": name,
        "id": attrs.get("id", f"id_{name}"),
        "described": attrs.get("aria-describedby", ""),
        "invalid": attrs.get("aria-invalid", ""),
        "kind": widget.kind,
        "most": widget.most,
        "items": items,
        "errors": errors,
        "accept": ACCEPT,
    }
    return render_to_string("documents/_papers.html", context)


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it?"), choices=Kind)
    file = forms.FileField(
        label=_("File"),
        help_text=_("A photo or a PDF, up to 15 MB. Where and when it was taken is removed from it."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )


class RedactionForm(forms.Form):
    """Boxes come as five lists of equal length (`page`, `left`, `top`, `width`, `height`, in per cent of the page)."""

    pages = forms.TypedMultipleChoiceField(coerce=int, label=_("Pages to publish"), widget=forms.CheckboxSelectMultiple)
    sensitive = forms.BooleanField(
        label=_("This picture may upset people: show it blurred until somebody asks for it"), required=False
    )
    scope = forms.RegexField(r"^[a-z]+:[a-zA-Z0-9]+$", required=False, max_length=60, widget=forms.HiddenInput)
    agree = forms.BooleanField(label=_("I agree"), required=False)

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = range(1, document.pages + 1)
        pages: forms.TypedMultipleChoiceField = self.fields["pages"]  # type: ignore[assignment]
        pages.choices = [(number, _("Page %(number)d") % {"number": number}) for number in numbers]
        self.initial.setdefault("pages", list(numbers))

    def boxes(self) -> list[Box]:
        """The boxes that were sent; rows left empty are skipped. Raises DomainError `bad_boxes` for what is no number."""
        return [_box(row) for row in self.rows()]

    def rows(self) -> list[tuple[str, ...]]:
        """The boxes as they were typed: page, left, top, width, height."""
        names = ("page", "left", "top", "width", "height")
        data: Any = self.data
        rows = zip(*(data.getlist(name) for name in names), strict=False)
        return [row for row in rows if any(cell.strip() for cell in row[1:])]


def rows_of(copy: PublicCopy | None) -> list[tuple[str, ...]]:
    """The boxes of a public copy as somebody would type them, to go on from there."""
    boxes = copy.boxes if copy else []
    return [(str(page), *(f"{value * 100:.2f}" for value in sides)) for page, *sides in boxes]


def _box(row: tuple[str, ...]) -> Box:
    try:
        page = int(row[0])
        left, top, width, height = (float(cell) / 100 for cell in row[1:])
    except ValueError as error:
        raise DomainError("bad_boxes", _("A black box needs four numbers."), field="boxes") from error
    return Box(page, left, top, width, height)
