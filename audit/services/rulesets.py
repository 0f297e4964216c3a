"""Changing the rules: a draft copy, edited freely, proposed by one administrator and put in force by another (law 5)."""

import re

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from audit import registry
from audit.expressions import check_expression
from audit.models import Rule, RuleSet
from audit.registry import Severity
from core import states, trail
from core.errors import Conflict, DomainError, Forbidden, Text
from policy.enforce import enforces

_CODE = re.compile(r"[a-z][a-z0-9_]{2,59}")
POINTS = range(-100, 101)
THRESHOLDS = range(1, 1001)
REASON_MAX = 200
NOTE_MAX = 2000


def draft_ruleset(*, actor: User) -> RuleSet:
    """Copy the rule set in force into a new draft. While a draft of the actor is open, that one is given back."""
    _require_admin(actor)
    with transaction.atomic():
        active = RuleSet.objects.select_for_update(of=("self",)).get(status="active")
        mine = RuleSet.objects.filter(status="draft", created_by=actor).first()
        if mine:
            return mine
        highest = RuleSet.objects.aggregate(Max("version"))["version__max"]
        draft = RuleSet.objects.create(
            version=highest + 1,
            standard_from=active.standard_from,
            enhanced_from=active.enhanced_from,
            created_by=actor,
        )
        Rule.objects.bulk_create(
            Rule(
                ruleset=draft,
                code=rule.code,
                expression=rule.expression,
                points=rule.points,
                severity=rule.severity,
                subjects=rule.subjects,
                reason_en=rule.reason_en,
                reason_zh=rule.reason_zh,
            )
            for rule in active.rules.all()
        )
        trail.record(actor=actor, event="ruleset.draft", subject=draft, data={"from": active.version})
    return draft


def save_rule(
    *,
    actor: User,
    ruleset: RuleSet,
    code: str,
    expression: str,
    points: int,
    severity: str,
    reason_en: str,
    reason_zh: str,
    subjects: list[str],
    rule: Rule | None = None,
) -> Rule:
    """Add a rule to a draft, or change `rule` of it. Raises DomainError with one sentence per field."""
    values = {
        "code": code.strip(),
        "expression": expression.strip(),
        "points": points,
        "severity": severity,
        "reason_en": reason_en.strip(),
        "reason_zh": reason_zh.strip(),
        "subjects": sorted(set(subjects)),
    }
    with transaction.atomic():
        _lock_draft(actor, ruleset)
        _check_rule(values)
        before = _content(rule) if rule else None
        saved = rule or Rule(ruleset=ruleset)
        for name, value in values.items():
            setattr(saved, name, value)
        try:
            with transaction.atomic():
                saved.save()
        except IntegrityError as error:
            raise DomainError("code_taken", _("The draft has a rule with this code."), field="code") from error
        trail.record(actor=actor, event="rule.save", subject=saved, data={"before": before, "after": _content(saved)})
    return saved


def remove_rule(*, actor: User, ruleset: RuleSet, rule: Rule) -> None:
    """Take a rule out of a draft."""
    with transaction.atomic():
        _lock_draft(actor, ruleset)
        trail.record(actor=actor, event="rule.remove", subject=rule, data={"before": _content(rule)})
        rule.delete()


def set_thresholds(*, actor: User, ruleset: RuleSet, standard_from: int, enhanced_from: int, note: str) -> RuleSet:
    """From how many points a case is looked at closely, and from how many by two people; and why this set exists."""
    faults: dict[str, Text] = {}
    if standard_from not in THRESHOLDS:
        faults["standard_from"] = _("A whole number from 1 to 1000.")
    if enhanced_from not in THRESHOLDS or enhanced_from <= standard_from:
        faults["enhanced_from"] = _("A whole number larger than the one before, at most 1000.")
    if len(note) > NOTE_MAX:
        faults["note"] = _("At most %(max)d characters, please.") % {"max": NOTE_MAX}
    if faults:
        raise DomainError("thresholds", _("Please look at these fields again."), fields=faults)
    with transaction.atomic():
        draft = _lock_draft(actor, ruleset)
        draft.standard_from, draft.enhanced_from, draft.note = standard_from, enhanced_from, note.strip()
        draft.save(update_fields=["standard_from", "enhanced_from", "note"])
        trail.record(
            actor=actor,
            event="ruleset.thresholds",
            subject=draft,
            data={"standard_from": standard_from, "enhanced_from": enhanced_from},
        )
    return draft


def propose_ruleset(*, actor: User, ruleset: RuleSet) -> RuleSet:
    """Freeze the draft and put it to a second administrator. Every rule must compile and the set must not be empty."""
    with transaction.atomic():
        draft = _lock_draft(actor, ruleset)
        rules = list(draft.rules.all())
        if not rules:
            raise Conflict("empty", _("A rule set needs at least one rule."))
        for rule in rules:
            check_expression(rule.expression, field=f"rule.{rule.code}")
        states.apply(draft, "propose", actor=actor)
        RuleSet.objects.filter(pk=draft.pk).update(proposed_by=actor, proposed_at=timezone.now())
    ruleset.refresh_from_db()
    return ruleset


def send_back_ruleset(*, actor: User, ruleset: RuleSet, reason: str) -> RuleSet:
    """Give a proposed set back to its author as a draft."""
    _require_admin(actor)
    with transaction.atomic():
        states.apply(ruleset, "send_back", actor=actor, reason=reason)
        RuleSet.objects.filter(pk=ruleset.pk).update(proposed_by=None, proposed_at=None)
    ruleset.refresh_from_db()
    return ruleset


@enforces("R70")
def promote_ruleset(*, actor: User, ruleset: RuleSet) -> RuleSet:
    """Put a proposed set in force and retire the one before, in one step. The proposer cannot do it."""
    _require_admin(actor)
    with transaction.atomic():
        active = RuleSet.objects.select_for_update(of=("self",)).get(status="active")
        proposed = RuleSet.objects.select_for_update(of=("self",)).get(pk=ruleset.pk)
        if proposed.proposed_by_id == actor.pk:
            raise Conflict("four_eyes", _("You proposed this yourself, so another person has to agree."))
        now = timezone.now()
        RuleSet.objects.filter(pk=active.pk).update(retired_at=now)
        RuleSet.objects.filter(pk=proposed.pk, status="proposed").update(approved_by=actor, active_from=now)
        # The old one first: the database allows one set in force, at no moment two.
        states.apply(active, "retire", actor=actor, reason=f"replaced by v{proposed.version}")
        states.apply(proposed, "promote", actor=actor)
    ruleset.refresh_from_db()
    return ruleset


def discard_ruleset(*, actor: User, ruleset: RuleSet) -> RuleSet:
    """Give a draft or a proposal up; it stays in the history."""
    _require_admin(actor)
    return states.apply(ruleset, "discard", actor=actor)


def _require_admin(actor: User) -> None:
    if not actor.has_role(Role.ADMIN):
        raise Forbidden("role", _("Only administrators change the rules."))


def _lock_draft(actor: User, ruleset: RuleSet) -> RuleSet:
    _require_admin(actor)
    locked = RuleSet.objects.select_for_update(of=("self",)).get(pk=ruleset.pk)
    if locked.status != "draft":
        raise Conflict("frozen", _("This rule set is no longer a draft. Make a new draft to change the rules."))
    return locked


def _check_rule(values: dict[str, object]) -> None:
    faults: dict[str, Text] = {}
    if not _CODE.fullmatch(str(values["code"])):
        faults["code"] = _("Small letters, digits and underscores, 3 to 60 characters, a letter first.")
    if values["points"] not in POINTS:
        faults["points"] = _("A whole number from -100 to 100.")
    if values["severity"] not in list(Severity):
        faults["severity"] = _("Choose a severity.")
    for name in ("reason_en", "reason_zh"):
        if not 0 < len(str(values[name])) <= REASON_MAX:
            faults[name] = _("Say in one sentence, of at most %(max)d characters, what a hit means.") % {
                "max": REASON_MAX
            }
    unknown = set(values["subjects"]) - set(registry.subjects())  # type: ignore[call-overload]
    if unknown:
        faults["subjects"] = _("Unknown kind: %(kinds)s.") % {"kinds": ", ".join(sorted(unknown))}
    try:
        check_expression(str(values["expression"]))
    except DomainError as error:
        faults.update(error.fields)
    if faults:
        raise DomainError("rule", _("Please look at these fields again."), fields=faults)


def _content(rule: Rule) -> dict[str, object]:
    return {"code": rule.code, "expression": rule.expression, "points": rule.points, "severity": rule.severity}
