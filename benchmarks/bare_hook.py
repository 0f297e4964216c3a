"""The floor under the hook: a Django view that inserts the body as one row and answers; no middleware, nothing else."""

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import wsgi

__all__ = ["application", "wsgi"]  # the platform's own module sets Django up


def take(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_inbox (body) VALUES (%s)", [request.body])
    return HttpResponse("ok")


urlpatterns = [path("", take)]
settings.MIDDLEWARE, settings.ROOT_URLCONF = [], __name__
application = WSGIHandler()
