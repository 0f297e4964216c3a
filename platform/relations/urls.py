from django.urls import path

from relations import views

app_name = "relations"

urlpatterns = [path("staff/relations/", views.linked, name="linked")]
