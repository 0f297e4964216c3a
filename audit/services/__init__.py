"""The only writers of this room."""

from audit.services.appeals import appeal_decision
from audit.services.cases import answer_question, ask_owner, close_cases, open_case, renew_case, resume_unanswered
from audit.services.claims import claim_case, claim_next, extend_claim, release_claim
from audit.services.complaints import (
    acknowledge_report,
    answer_report,
    appeal_report,
    clear_report,
    confirm_proved,
    differ_on_report,
    dismiss_report,
    investigate_report,
    propose_proved,
    remind_and_escalate,
    triage_report,
)
from audit.services.decisions import FactDecision, decide_case
from audit.services.machine import judge_case
from audit.services.police import refuse_package, release_package, request_package
from audit.services.reports import file_report
from audit.services.rulesets import (
    discard_ruleset,
    draft_ruleset,
    promote_ruleset,
    propose_ruleset,
    remove_rule,
    save_rule,
    send_back_ruleset,
    set_thresholds,
)
from audit.services.stops import hard_stop, keep_stop, lift_stop, propose_lift

__all__ = [
    "FactDecision",
    "acknowledge_report",
    "answer_question",
    "answer_report",
    "appeal_decision",
    "appeal_report",
    "ask_owner",
    "claim_case",
    "claim_next",
    "clear_report",
    "close_cases",
    "confirm_proved",
    "decide_case",
    "differ_on_report",
    "discard_ruleset",
    "dismiss_report",
    "draft_ruleset",
    "extend_claim",
    "file_report",
    "hard_stop",
    "investigate_report",
    "judge_case",
    "keep_stop",
    "lift_stop",
    "open_case",
    "promote_ruleset",
    "propose_lift",
    "propose_proved",
    "propose_ruleset",
    "refuse_package",
    "release_claim",
    "release_package",
    "remind_and_escalate",
    "remove_rule",
    "renew_case",
    "request_package",
    "resume_unanswered",
    "save_rule",
    "send_back_ruleset",
    "set_thresholds",
    "triage_report",
]
