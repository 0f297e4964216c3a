"""The only writers of this room."""

from payments.services.asking import ask_now, ask_settlements_now, ask_statements_now, request_check
from payments.services.attention import raise_attention, settle_attention
from payments.services.breaks import (
    approve_correction,
    explain_break,
    propose_correction,
    reject_correction,
)
from payments.services.interest import approve_gift, propose_gift, refuse_gift
from payments.services.notifications import CUSTODIAN, process, receive
from payments.services.paying import check_payment, open_at_channel, start_payment
from payments.services.refunding import drop_refund, pursue_refund, request_refund, retry_refund, return_suspended
from payments.services.settling import book_settlement, check_custody, collect_settlements
from payments.services.statements import due, reconcile
from payments.services.transferring import pursue_transfer, request_transfer

__all__ = [
    "CUSTODIAN",
    "approve_correction",
    "approve_gift",
    "ask_now",
    "ask_settlements_now",
    "ask_statements_now",
    "book_settlement",
    "check_custody",
    "check_payment",
    "collect_settlements",
    "drop_refund",
    "due",
    "explain_break",
    "open_at_channel",
    "process",
    "propose_correction",
    "propose_gift",
    "pursue_refund",
    "pursue_transfer",
    "raise_attention",
    "receive",
    "reconcile",
    "refuse_gift",
    "reject_correction",
    "request_check",
    "request_refund",
    "request_transfer",
    "retry_refund",
    "return_suspended",
    "settle_attention",
    "start_payment",
]
