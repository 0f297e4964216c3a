"""Reasons for refusing a fact that every room may use, with the sentence that the raiser reads."""

from django.utils.translation import gettext_lazy as _

from audit.registry import register_reason


def register_all() -> None:
    """Called once, from `apps.ready()`. `refusal` reasons may end a request; the others ask the raiser to mend it."""
    register_reason(
        "unreadable",
        label=_("Not readable"),
        raiser=_("We cannot read this paper well. Please take the photo again in good light, with all four corners."),
    )
    register_reason(
        "missing",
        label=_("Paper or statement missing"),
        raiser=_("Something is missing here. Please add the paper or the statement that is named."),
    )
    register_reason(
        "mismatch",
        label=_("Papers and statement differ"),
        raiser=_("What is written here and what the paper says are different. Please correct one of them."),
    )
    register_reason(
        "too_old",
        label=_("Too old"),
        raiser=_("This paper is too old. Please ask the hospital or office for a new one."),
    )
    register_reason(
        "wrong_paper",
        label=_("Not the paper that is needed"),
        raiser=_("This paper shows something else. Please send the one that is asked for."),
    )
    register_reason(
        "unclear",
        label=_("Explanation needed"),
        raiser=_("We do not understand this yet. Please explain it in a few words."),
    )
    register_reason(
        "not_confirmed",
        label=_("The hospital or office could not confirm it"),
        raiser=_("The hospital or office could not confirm this. Please ask there and send what they give you."),
    )
    register_reason(
        "false_statement",
        label=_("Found to be untrue"),
        raiser=_(
            "This was found to be untrue, so we cannot raise money for it. You may appeal; other people will look."
        ),
        refusal=True,
    )
    register_reason(
        "forged_paper",
        label=_("Forged or changed paper"),
        raiser=_("This paper was changed or is not real, so we cannot raise money with it. You may appeal."),
        refusal=True,
    )
    register_reason(
        "not_eligible",
        label=_("Outside of what the platform may do"),
        raiser=_(
            "This is outside of what a platform for help in illness may do. We show you other places that can help."
        ),
        refusal=True,
    )
    register_reason(
        "public_order",
        label=_("Against public order and good morals"),
        raiser=_("We may not raise money for matters against public order and good morals. You may appeal."),
        refusal=True,
    )
