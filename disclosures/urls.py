from django.urls import path, re_path

from disclosures.views import public, raiser, staff

app_name = "disclosures"

urlpatterns = [
    path("c/<str:code>/money/", public.money_page, name="money"),
    path("c/<str:code>/notice/<int:pk>/object/", public.object_to, name="object"),
    path("transparency/", public.transparency, name="transparency"),
    re_path(r"^transparency/identity-(?P<year>\d{4})\.csv$", public.identity_file, name="identity_file"),
    path("me/campaigns/<str:code>/withdraw/", raiser.withdraw, name="withdraw"),
    path("me/campaigns/<str:code>/withdrawals/<int:pk>/", raiser.withdrawal_detail, name="withdrawal"),
    path("me/campaigns/<str:code>/withdrawals/<int:pk>/cancel/", raiser.cancel, name="cancel"),
    path("me/obligations/<int:pk>/", raiser.obligation_detail, name="obligation"),
    path("staff/payouts/", staff.payout_list, name="staff_payouts"),
    re_path(
        r"^staff/payouts/(?P<pk>\d{1,18})/(?P<action>prepare|approve|reject|call_off)/$",
        staff.payout_act,
        name="payout_act",
    ),
    path("staff/settlements/", staff.settlement_list, name="staff_settlements"),
    path("staff/settlements/propose/<str:code>/", staff.settlement_propose, name="settlement_propose"),
    re_path(
        r"^staff/settlements/(?P<pk>\d{1,18})/(?P<action>approve|reject)/$", staff.settlement_act, name="settlement_act"
    ),
    path("staff/objections/", staff.objection_list, name="staff_objections"),
    path("staff/objections/<int:pk>/", staff.objection_detail, name="staff_objection"),
]
