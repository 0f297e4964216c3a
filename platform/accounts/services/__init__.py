"""The only writers of this room."""

from accounts.services.consents import record_consent, withdraw_consent
from accounts.services.deletions import blockers_of, cancel_deletion, delete_account, request_deletion
from accounts.services.exports import build_export, expire_exports, request_export
from accounts.services.people import discard_unfinished_signups, set_phone, update_profile
from accounts.services.roles import grant_first_administrator, grant_role, revoke_role
from accounts.services.sessions import end_sessions, record_sign_in
from accounts.services.totp import enrol_totp, reset_second_factor

__all__ = [
    "blockers_of",
    "build_export",
    "cancel_deletion",
    "delete_account",
    "discard_unfinished_signups",
    "end_sessions",
    "enrol_totp",
    "expire_exports",
    "grant_first_administrator",
    "grant_role",
    "record_consent",
    "record_sign_in",
    "request_deletion",
    "request_export",
    "reset_second_factor",
    "revoke_role",
    "set_phone",
    "update_profile",
    "withdraw_consent",
]
