"""Reports from the public: received from anybody, sorted, looked into, decided (R93 to R95)."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from audit import canonical, registry
from audit.models import Report, ReportEvidence
from core import trail
from core.crypto import blind_index
from core.errors import DomainError, Text
from documents.access import documents_for
from documents.models import Document
from notices.services import notify
from policy import parameters
from policy.enforce import enforces

TEXT_MIN, TEXT_MAX = 10, 4000
CONTACT_MAX = 200
EVIDENCE_MAX = 10
PER_REPORTER_A_DAY = 5
PER_ORIGIN_A_DAY = 20
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class TooMany(DomainError):
    """Asked too often; later is fine."""

    status = 429


@enforces("R93", "R94")
def file_report(
    *,
    actor: User | None,
    subject_kind: str,
    object_id: int,
    category: str,
    text: str,
    good_faith: bool,
    contact: str = "",
    documents: Sequence[int] = (),
    client_ip: str,
    form_key: str,
) -> tuple[Report, str]:
    """Take a report from anybody, signed in or not, and give back the report and the secret that opens its status page.

    `documents` are ids of the actor's own uploads. `form_key` comes with the form: the same form sent twice is one report
    and gives the same secret. Raises DomainError per field, TooMany (429) for a flood.
    """
    text, contact = text.strip(), contact.strip()
    _check(category=category, text=text, contact=contact, good_faith=good_faith, documents=documents)
    papers = own_papers(actor, documents)
    reporter_key = _reporter_key(actor, contact, client_ip)
    secret = salted_hmac("audit.report", f"{reporter_key}:{form_key}", algorithm="sha256").hexdigest()[:32]
    if same := Report.objects.filter(reporter_key=reporter_key, form_key=form_key).first():
        return same, secret
    now = timezone.now()
    origin_key = blind_index(client_ip, context="report-origin")
    _check_flood(reporter_key, origin_key, now)
    try:
        with transaction.atomic():
            report = Report.objects.create(
                number="R" + "".join(secrets.choice(_ALPHABET) for _digit in range(9)),
                secret_index=canonical.sha256(secret),
                subject_kind=subject_kind,
                object_id=object_id,
                subject_title=registry.subject(subject_kind).title(object_id)[:200],
                category=category,
                text=text,
                contact=contact,
                reporter=actor,
                reporter_key=reporter_key,
                origin_key=origin_key,
                form_key=form_key,
                good_faith=good_faith,
                received_at=now,
                due_at=now + timedelta(hours=parameters.value("complaint.ack_hours")),
            )
            ReportEvidence.objects.bulk_create(ReportEvidence(report=report, document=paper) for paper in papers)
            # The trail of the platform does not name the reporter either: the row holds it, for those who handle it.
            trail.record(actor=None, event="report.file", subject=report, data={"category": category})
            if actor:
                notify(
                    user=actor,
                    code="audit.report_received",
                    params={"number": report.number},
                    url=f"/report/status/{report.number}/",
                    key=report.number,
                )
    except IntegrityError:
        # The double click: the other request wrote this very form a moment ago.
        return Report.objects.get(reporter_key=reporter_key, form_key=form_key), secret
    return report, secret


def own_papers(actor: User | None, documents: Sequence[int]) -> list[Document]:
    """The actor's own uploads with these ids. Raises DomainError with field `documents` for any other id."""
    wanted = set(documents)
    papers = list(documents_for(actor).filter(owner=actor, pk__in=wanted).order_by("pk")) if actor and wanted else []
    if len(papers) != len(wanted):
        raise DomainError(
            "documents", _("Only papers that you have uploaded yourself can be added."), field="documents"
        )
    return papers


def _check(*, category: str, text: str, contact: str, good_faith: bool, documents: Sequence[int]) -> None:
    faults: dict[str, Text] = {}
    if category not in Report.Category.values:
        faults["category"] = _("Choose what this is about.")
    if not TEXT_MIN <= len(text) <= TEXT_MAX:
        faults["text"] = _("Tell us what you know, in %(min)d to %(max)d characters.") % {
            "min": TEXT_MIN,
            "max": TEXT_MAX,
        }
    if len(contact) > CONTACT_MAX:
        faults["contact"] = _("At most %(max)d characters, please.") % {"max": CONTACT_MAX}
    if len(documents) > EVIDENCE_MAX:
        faults["documents"] = _("At most %(max)d papers, please.") % {"max": EVIDENCE_MAX}
    if not good_faith:
        faults["good_faith"] = _("Please confirm that you report what you believe to be true.")
    if faults:
        raise DomainError("report", _("Please look at these fields again."), fields=faults)


def _reporter_key(actor: User | None, contact: str, client_ip: str) -> str:
    who = f"user:{actor.pk}" if actor else f"contact:{contact.lower()}" if contact else f"ip:{client_ip}"
    return blind_index(who, context="reporter")


def _check_flood(reporter_key: str, origin_key: str, now: datetime) -> None:
    today = Report.objects.filter(received_at__gt=now - timedelta(days=1))
    if (
        today.filter(reporter_key=reporter_key).count() >= PER_REPORTER_A_DAY
        or today.filter(origin_key=origin_key).count() >= PER_ORIGIN_A_DAY
    ):
        raise TooMany("too_many", _("Many reports have come from you today. Please write again tomorrow."))
