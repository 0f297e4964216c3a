"""The only writers of this room."""

from campaigns.services.attestations import attest, withdraw_attestation
from campaigns.services.donations import refund_own, start_donation
from campaigns.services.drafts import (
    discard_draft,
    keep_typed,
    set_needed_by,
    set_story,
    set_title,
    start_draft,
)
from campaigns.services.family import answer_means, declare_again
from campaigns.services.lifecycle import (
    close_campaign,
    end_campaign,
    end_expired,
    freeze_campaign,
    pause_campaign,
    publish_campaign,
    resume_campaign,
    resume_own,
    start_settling,
    unfreeze_campaign,
)
from campaigns.services.medical import set_costs, set_cover, set_hospital, set_illness
from campaigns.services.papers import attach_paper, detach_paper
from campaigns.services.payees import set_partner_payee, set_person_payee, verify_payee
from campaigns.services.people import (
    agree_for_minor,
    agree_to_publish,
    set_patient,
    set_raiser,
    set_relation,
    use_known_raiser,
)
from campaigns.services.promises import ask_patient, confirm_by_patient, sign_promise
from campaigns.services.stopping import stop_and_refund
from campaigns.services.submission import submit_campaign, take_back
from campaigns.services.updates import hide_update, post_update

__all__ = [
    "agree_for_minor",
    "agree_to_publish",
    "answer_means",
    "ask_patient",
    "attach_paper",
    "attest",
    "close_campaign",
    "confirm_by_patient",
    "declare_again",
    "detach_paper",
    "discard_draft",
    "end_campaign",
    "end_expired",
    "freeze_campaign",
    "hide_update",
    "keep_typed",
    "pause_campaign",
    "post_update",
    "publish_campaign",
    "refund_own",
    "resume_campaign",
    "resume_own",
    "set_costs",
    "set_cover",
    "set_hospital",
    "set_illness",
    "set_needed_by",
    "set_partner_payee",
    "set_patient",
    "set_person_payee",
    "set_raiser",
    "set_relation",
    "set_story",
    "set_title",
    "sign_promise",
    "start_donation",
    "start_draft",
    "start_settling",
    "stop_and_refund",
    "submit_campaign",
    "take_back",
    "unfreeze_campaign",
    "use_known_raiser",
    "verify_payee",
    "withdraw_attestation",
]
