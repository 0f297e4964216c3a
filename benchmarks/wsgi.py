"""The platform as gunicorn serves it, with the addresses of benchmarks.urls."""

from django.conf import settings

from config.wsgi import application

settings.ROOT_URLCONF = "benchmarks.urls"

__all__ = ["application"]
