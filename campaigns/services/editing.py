"""What every change of a draft has in common: the lock, the permission of the state, the line in the trail (R85)."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from campaigns.models import Campaign, Module
from core.errors import Conflict
from core.trail import record
from policy.enforce import enforces


@contextmanager
@enforces("R15", "R85")
def editing(actor: User, campaign: Campaign, step: str, module: str = "") -> Iterator[Campaign]:
    """Give the locked row to change, and leave a line saying who filled in which step.

    Raises Conflict `not_editable` while the request is under review or public, `locked` when the module was approved.
    What the form had typed for this step and not saved is dropped when the change stands.
    """
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(of=("self",)).select_related("raiser").get(pk=campaign.pk)
        if not locked.may_be_edited:
            raise Conflict("not_editable", _("This request is being reviewed or is public: it cannot be changed here."))
        if module and locked.modules.filter(code=module, status="approved").exists():
            raise Conflict("locked", _("This part was approved and cannot be changed any more."))
        yield locked
        forget_typed(locked, step)
        locked.touched_at = timezone.now()
        locked.save()
        record(
            actor=actor,
            event="campaign.fill",
            subject=locked,
            data={"step": step, "by": "raiser" if actor.pk == locked.raiser_id else "adviser"},
        )
    campaign.refresh_from_db()


def start_modules(campaign: Campaign) -> None:
    Module.objects.bulk_create(Module(campaign=campaign, code=code) for code in Module.Code.values)


def forget_typed(campaign: Campaign, step: str) -> None:
    typed = campaign.typed_steps
    if typed.pop(step, None) is not None:
        campaign.set_typed(typed)
