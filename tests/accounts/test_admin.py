"""Django's admin: administrators with a second factor look, nobody changes anything, nothing is shown in clear."""

import pytest
from django.contrib import admin

from accounts import services
from notices.services import send_message
from tests.signin import sign_in

pytestmark = pytest.mark.django_db
OURS = [
    "accounts/user",
    "accounts/rolegrant",
    "accounts/consent",
    "accounts/dataexport",
    "accounts/deletionrequest",
    "notices/delivery",
]


def test_others_do_not_get_in(cast, client):
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    for person in (cast.lin, cast.zhou):
        assert sign_in(client, person).get("/admin/accounts/user/").status_code in {302, 403}
    assert sign_in(client, cast.wu, second_factor=False).get("/admin/")["Location"].startswith("/accounts/2fa/")


@pytest.mark.parametrize("model", OURS)
def test_an_administrator_looks_and_changes_nothing(cast, client, model):
    services.record_consent(actor=cast.lin, purpose="terms", text_version="2026-11a")
    export = services.request_export(actor=cast.lin)
    services.build_export(export_id=export.pk)
    services.request_deletion(actor=cast.lin)
    send_message(channel="sms", address=cast.lin.phone, subject="", text="code 123456", code="123456", valid_seconds=60)
    sign_in(client, cast.wu)
    rows = admin.site._registry
    pk = (
        next(m for m in rows if m._meta.label_lower == model.replace("/", "."))
        ._default_manager.order_by("id")
        .first()
        .pk
    )
    pages = [client.get(f"/admin/{model}/"), client.get(f"/admin/{model}/{pk}/change/")]
    assert [page.status_code for page in pages] == [200, 200]
    for page in pages:
        text = page.content.decode()
        for secret in (cast.lin.phone, "17000000001", cast.lin.email, cast.lin.name, "123456"):
            assert secret not in text
    assert client.post(f"/admin/{model}/{pk}/change/", {}).status_code == 403
    assert client.post(f"/admin/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"/admin/{model}/add/").status_code == 403
