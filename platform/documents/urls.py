from django.urls import path

from documents import views

app_name = "documents"

urlpatterns = [
    path("me/documents/", views.own, name="own"),
    path("me/documents/upload/", views.upload, name="upload"),
    path("me/documents/<int:pk>/", views.document, name="document"),
    path("me/documents/<int:pk>/publish/", views.publish, name="publish"),
    path("me/documents/<int:pk>/remove/", views.remove, name="remove"),
    path("me/documents/copies/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("staff/documents/<int:pk>/", views.staff_document, name="staff_document"),
    path("documents/public/<slug:token>/<int:page>-<slug:size>.jpg", views.public, name="public"),
]
