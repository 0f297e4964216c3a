"""The platform's own addresses, and beside them a bare view on the same server: the floor of the page benchmarks."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as platform_urls


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("bare")


urlpatterns = [path("bare/", bare), *platform_urls]
