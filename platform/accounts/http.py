"""Requests as views see them behind a sign-in."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request whose user has signed in: what views behind `login_required` and `role_required` receive."""

    user: User
