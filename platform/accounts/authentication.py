"""How a REST request says who it is: the browser's session cookie, or the session token of an app."""

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from accounts.second_factor import settle


class AppTokenAuthentication(XSessionTokenAuthentication):
    """`X-Session-Token`, with the same rule about the second factor as the browser's session."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user, session = found
        return settle(user, session), session

    def authenticate_header(self, request: Any) -> str:
        return "X-Session-Token"


class AppTokenScheme(OpenApiAuthenticationExtension):
    target_class = AppTokenAuthentication
    name = "appToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token"}
