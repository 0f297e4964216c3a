"""The very first administrator of a new deployment; afterwards roles are given by administrators, on the pages."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.selectors import user_by_phone
from accounts.services import grant_first_administrator
from core.errors import DomainError


class Command(BaseCommand):
    help = "Makes somebody who has signed up by phone the first administrator. Refuses when there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("phone", help="the phone number with which the person has signed up")

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_by_phone(options["phone"])
        if user is None:
            raise CommandError("Nobody has signed up with this number. Open an account on the site first.")
        try:
            grant_first_administrator(user=user)
        except DomainError as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write("Done. At the next sign-in the person sets up a second factor, then the staff pages open.")
