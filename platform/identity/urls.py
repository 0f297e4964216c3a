from django.urls import path

from identity import views

app_name = "identity"

urlpatterns = [
    path("me/identity/", views.own, name="own"),
    path("staff/identity/", views.queue, name="queue"),
    path("staff/identity/<int:pk>/", views.person, name="person"),
    path("staff/identity/<int:pk>/reveal/", views.reveal, name="reveal"),
    path("staff/identity/<int:pk>/review/", views.review, name="review"),
    path("staff/identity/<int:pk>/release/", views.release, name="release"),
    path("staff/identity/accounts/<int:pk>/review/", views.review_account, name="review_account"),
]
