"""Two at once: one number, one consent, one deletion, one copy."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from accounts import services
from accounts.models import Consent, DataExport, DeletionRequest, User
from core.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)


def both(*acts: Callable[[], object]) -> list[Exception]:
    """Run all at once, each on a connection of its own; returns what they raised."""
    raised: list[Exception] = []
    start = threading.Barrier(len(acts))

    def work(act: Callable[[], object]) -> None:
        try:
            start.wait()
            act()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def twice(act: Callable[[], object]) -> list[Exception]:
    return both(act, act)


def test_the_same_consent_twice_at_once_is_one_fact(cast):
    act = lambda: services.record_consent(actor=cast.lin, purpose="terms", text_version="2026-11a")  # noqa: E731
    assert twice(act) == []
    assert Consent.objects.count() == 1


def test_a_double_click_asks_for_one_copy_and_one_deletion(cast):
    assert twice(lambda: services.request_export(actor=cast.lin)) == []
    assert twice(lambda: services.request_deletion(actor=cast.lin)) == []
    assert (DataExport.objects.count(), DeletionRequest.objects.count()) == (1, 1)


def test_one_number_proved_by_two_at_once_belongs_to_one(cast):
    phone = "+8617000000101"
    claims = [
        lambda user=user: services.set_phone(user=user, phone=phone, verified=True) for user in (cast.lin, cast.sun)
    ]
    raised = both(*claims)
    assert [type(error) for error in raised] == [Conflict]
    assert User.objects.filter(phone_verified=True, phone_index=cast.lin.phone_index).count() <= 1
    holders = [user.pk for user in User.objects.all() if user.phone == phone]
    assert len(holders) == 1


def test_the_deletion_job_that_runs_twice_at_once_erases_once(cast):
    request = services.request_deletion(actor=cast.lin)
    DeletionRequest.objects.update(execute_after=request.requested_at)
    raised = twice(lambda: services.delete_account(request_id=request.pk))
    assert all(isinstance(error, Conflict) for error in raised)
    request.refresh_from_db()
    assert request.status == "done"
    assert not User.objects.get(pk=cast.lin.pk).is_active
