from django.urls import URLPattern, URLResolver, path

from notices import views

app_name = "notices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("me/inbox/", views.inbox, name="inbox"),
    path("me/inbox/read/", views.mark_all_read, name="mark_all_read"),
    path("me/inbox/<int:pk>/", views.open_notice, name="open"),
    path("me/inbox/preferences/", views.preferences, name="preferences"),
    path("me/inbox/wechat/", views.link_wechat, name="link_wechat"),
    path("me/inbox/wechat/linked/", views.wechat_linked, name="wechat_linked"),
    path("me/inbox/wechat/unlink/", views.unlink_wechat, name="unlink_wechat"),
]
