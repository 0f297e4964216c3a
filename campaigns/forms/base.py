"""What the forms of all steps have in common."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from accounts.models import User
from campaigns.models import Campaign
from core.errors import Text

TEXT_AREA = {"rows": 7}


class StepForm(forms.Form):
    """One step of the wizard: shows what is stored, saves through one service.

    REST sends the same fields; amounts there are fen and come in as `campaigns.forms.wizard.as_typed` writes them.
    """

    # Nothing of these steps is kept before it is sent: a signature is not a draft.
    autosaves: ClassVar[bool] = True

    def __init__(self, *args: Any, campaign: Campaign, actor: User, client_ip: str = "", **kwargs: Any) -> None:
        self.campaign, self.actor, self.client_ip = campaign, actor, client_ip
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fields that depend on the campaign or on what was typed so far."""

    @classmethod
    def stored(cls, campaign: Campaign) -> dict[str, Any]:
        """The saved values, field by field."""
        return {}

    @classmethod
    def is_partial(cls, data: Mapping[str, Any]) -> bool:
        """Whether what was sent only asks for more fields (a row, a search) and is not meant to be saved yet."""
        return False

    def hand_over(self) -> None:
        """Call the service. Raises DomainError."""
        raise NotImplementedError

    def outcome(self) -> Text:
        """What followed from the answer and the raiser should hear at once; empty for most steps."""
        return ""

    @property
    def who(self) -> dict[str, Any]:
        return {"actor": self.actor, "campaign": self.campaign}

    def typed(self, name: str) -> Any:
        """What stands in a field before any cleaning: sent, or shown."""
        return self.data.get(name) if self.is_bound else self.initial.get(name)
