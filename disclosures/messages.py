"""What raisers are told about their money."""

from django.utils.translation import gettext_lazy as _

from notices.kinds import register

KINDS = [
    (
        "withdrawal.approve",
        _("Your withdrawal passed review"),
        _("¥%(amount)s for “%(title)s” is now in public notice. If nobody objects, finance pays it afterwards."),
    ),
    (
        "withdrawal.fix",
        _("Your withdrawal needs something more"),
        _("Reviewers of ¥%(amount)s for “%(title)s” ask you to mend something. Open it to see what."),
    ),
    (
        "withdrawal.refuse",
        _("Your withdrawal was refused"),
        _("¥%(amount)s for “%(title)s” was not approved. Open it to read why and how to appeal."),
    ),
    (
        "withdrawal.objected",
        _("Somebody objected to your withdrawal"),
        _("Payment of ¥%(amount)s for “%(title)s” waits until the objection is answered."),
    ),
    (
        "payout.arrived",
        _("Money has arrived"),
        _("¥%(amount)s for “%(title)s” has arrived. Please hand in the bills by %(due_on)s."),
    ),
    (
        "payout.returned",
        _("The bank sent a payment back"),
        _("¥%(amount)s for “%(title)s” could not be delivered. Finance will contact you about the account."),
    ),
    (
        "use_proof.reminder",
        _("Please show what the money was used for"),
        _("The bills for ¥%(amount)s of “%(title)s” are due on %(due_on)s."),
    ),
    (
        "use_proof.not_accepted",
        _("Your bills were not accepted"),
        _("Open the proof for ¥%(amount)s of “%(title)s” to see what is missing."),
    ),
    (
        "use_proof.more_needed",
        _("More bills are needed"),
        _("¥%(proved_amount)s of ¥%(amount)s for “%(title)s” is shown so far."),
    ),
    (
        "use_proof.accepted",
        _("Your bills were accepted"),
        _("The use of ¥%(amount)s for “%(title)s” is proved. Thank you."),
    ),
]


def register_all() -> None:
    for code, title, body in KINDS:
        register(code, title=title, body=body, topic="reminder" if code == "use_proof.reminder" else "money")
