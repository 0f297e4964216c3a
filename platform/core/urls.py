from django.urls import path

from core import health, job_views, views

app_name = "core"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("staff/", views.staff_home, name="staff_home"),
    path("staff/jobs/", job_views.jobs, name="jobs"),
    path("staff/jobs/<int:pk>/retry/", job_views.retry_job, name="retry_job"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
