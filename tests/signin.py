"""Signing in for tests: a session as it is after the whole sign-in, second factor of staff included."""

import time

from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import enrol_totp

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def sign_in(client: Client, user: User, *, second_factor: bool | None = None) -> Client:
    """Sign `user` in with `client`. People with a role also get an authenticator and a session that has passed it.

    `second_factor=False` leaves the session as it is after the code or password alone.
    """
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    now = time.time()
    records: list[dict[str, object]] = [{"method": "code", "at": now}]
    if bool(user.granted_roles()) if second_factor is None else second_factor:
        authenticator = enrol_totp(actor=None, user=user, secret=TOTP_SECRET)
        records.append({"method": "mfa", "at": now, "id": authenticator.pk, "type": "totp"})
    session = client.session
    session["account_authentication_methods"] = records
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def api_client(user: User, *, second_factor: bool | None = None) -> APIClient:
    """A DRF client of a browser session of `user`."""
    client = APIClient()
    sign_in(client, user, second_factor=second_factor)
    return client
