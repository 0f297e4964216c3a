from django.urls import path, re_path, register_converter

from campaigns.rules import CODE_ALPHABET, CODE_LENGTH
from campaigns.views import giving, public, raiser, wizard

app_name = "campaigns"


class CodeConverter:
    """The public code of a campaign; anything else is no address of this room."""

    regex = f"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CodeConverter, "code")

_SIGNED = r"(?P<token>[A-Za-z0-9_:-]{8,200})"

urlpatterns = [
    path("", public.home, name="home"),
    path("campaigns/", public.campaign_list, name="list"),
    path("register/", public.register, name="register"),
    path("c/<code:code>/", public.show, name="page"),
    path("c/<code:code>/gifts/", public.gifts, name="gifts"),
    path("c/<code:code>/donate/", giving.donate, name="donate"),
    path("c/<code:code>/attest/", giving.attest, name="attest"),
    path("c/<code:code>/attest/withdraw/", giving.unattest, name="unattest"),
    re_path(rf"^donations/{_SIGNED}/$", giving.receipt, name="receipt"),
    re_path(rf"^donations/{_SIGNED}/proof.json$", giving.proof, name="receipt_proof"),
    re_path(rf"^donations/{_SIGNED}/take-back/$", giving.take_back, name="take_gift_back"),
    path("me/donations/", giving.my_gifts, name="my_gifts"),
    path("me/campaigns/", raiser.my_campaigns, name="my_campaigns"),
    path("me/campaigns/<code:code>/", raiser.mine, name="mine"),
    path("me/campaigns/<code:code>/update/", raiser.update, name="update"),
    path("me/campaigns/<code:code>/end/", raiser.end, name="end"),
    path("me/campaigns/<code:code>/pause/", raiser.pause, name="pause"),
    path("me/campaigns/<code:code>/resume/", raiser.resume, name="resume"),
    path("raise/", wizard.landing, name="raise"),
    path("raise/start/", wizard.start, name="start"),
    re_path(rf"^raise/confirm/{_SIGNED}/$", wizard.confirm, name="confirm"),
    path("raise/<code:code>/", wizard.draft, name="draft"),
    path("raise/<code:code>/submit/", wizard.submit, name="submit"),
    path("raise/<code:code>/take-back/", wizard.take_back, name="take_back"),
    path("raise/<code:code>/discard/", wizard.discard, name="discard"),
    path("raise/<code:code>/ask-patient/", wizard.ask_patient, name="ask_patient"),
    path("raise/<code:code>/<slug:step>/", wizard.step, name="step"),
    path("raise/<code:code>/<slug:step>/keep/", wizard.keep, name="keep"),
    path("staff/campaigns/<code:code>/", raiser.staff, name="staff"),
]
