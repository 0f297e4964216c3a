from django.urls import path, re_path

from payments import hooks, staff_views, views

app_name = "payments"

urlpatterns = [
    path("hooks/<slug:provider>/", hooks.hook, name="hook"),
    path("pay/<slug:token>/", views.pay, name="pay"),
    path("pay/<slug:token>/status/", views.status, name="status"),
    path("pay/<slug:token>/go/", views.go, name="go"),
    path("staff/money/", staff_views.overview, name="overview"),
    path("staff/money/settle/", staff_views.settle, name="settle"),
    path("staff/money/payments/", staff_views.payments, name="payments"),
    path("staff/money/payments/<int:pk>/", staff_views.payment, name="payment"),
    path("staff/money/payments/<int:pk>/return/", staff_views.return_suspended, name="return_suspended"),
    path("staff/money/refunds/", staff_views.refunds, name="refunds"),
    path("staff/money/refunds/<int:pk>/", staff_views.refund, name="refund"),
    path("staff/money/refunds/<int:pk>/retry/", staff_views.retry_refund, name="retry_refund"),
    path("staff/money/refunds/<int:pk>/drop/", staff_views.drop_refund, name="drop_refund"),
    path("staff/money/transfers/", staff_views.transfers, name="transfers"),
    path("staff/money/transfers/<int:pk>/", staff_views.transfer, name="transfer"),
    path("staff/money/differences/", staff_views.breaks, name="breaks"),
    path("staff/money/differences/ask/", staff_views.ask_statements, name="ask_statements"),
    path("staff/money/differences/<int:pk>/", staff_views.break_one, name="break"),
    path("staff/money/differences/<int:pk>/approve/", staff_views.approve_correction, name="break_approve"),
    path("staff/money/differences/<int:pk>/reject/", staff_views.reject_correction, name="break_reject"),
    path("staff/money/interest/", staff_views.interest, name="interest"),
    re_path(
        r"^staff/money/interest/(?P<pk>\d{1,18})/(?P<action>approve|refuse)/$", staff_views.gift_act, name="gift_act"
    ),
    path("staff/money/attention/", staff_views.attention, name="attention"),
    path("staff/money/attention/<int:pk>/", staff_views.attention_one, name="attention_one"),
    re_path(r"^staff/money/(?P<kind>payment|refund|transfer)s/(?P<pk>\d{1,18})/ask/$", staff_views.ask, name="ask"),
]
