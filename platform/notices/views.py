"""The inbox and what may be switched off. Thin."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import user_of
from core.errors import DomainError
from core.paging import page_of
from notices import kinds, selectors, services, wechat
from notices.access import get_notice_for
from notices.channels import Channel
from notices.providers import Refused, Unreachable

_STATE = "notices_wechat_state"


@require_GET
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    page = page_of(request, selectors.inbox(user_of(request)), 20)
    return render(request, "notices/inbox.html", {"page": page})


@require_POST
@login_required
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as read and go where the notice points."""
    notice = services.mark_read(actor=user_of(request), notice=get_notice_for(user_of(request), pk))
    safe = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if notice.url and safe else "notices:inbox")


@require_POST
@login_required
def mark_all_read(request: HttpRequest) -> HttpResponse:
    services.mark_all_read(actor=user_of(request))
    return redirect("notices:inbox")


@require_http_methods(["GET", "POST"])
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if request.method == "POST":
        chosen = {
            (topic, channel): f"{topic}.{channel}" in request.POST
            for topic in kinds.TOPICS
            if topic not in kinds.ALWAYS_ON
            for channel in selectors.outside_channels()
        }
        services.set_preferences(actor=user, chosen=chosen)
        return redirect("notices:preferences")
    topics = [
        (
            topic,
            kinds.TOPICS[topic],
            topic in kinds.ALWAYS_ON,
            [(channel, Channel(channel).label, on) for channel, on in channels.items()],
        )
        for topic, channels in selectors.preferences(user).items()
    ]
    context = {"topics": topics, "wechat": wechat.is_on(), "linked": wechat.is_on() and selectors.has_wechat(user)}
    return render(request, "notices/preferences.html", context)


@require_GET
@login_required
def link_wechat(request: HttpRequest) -> HttpResponse:
    """To WeChat's own page, which asks the person."""
    if not wechat.is_on():
        raise Http404
    state = get_random_string(32)
    request.session[_STATE] = state
    redirect_uri = f"{settings.SITE_URL}{reverse('notices:wechat_linked')}"
    return redirect(wechat.authorize_url(state=state, redirect_uri=redirect_uri))


@require_GET
@login_required
def wechat_linked(request: HttpRequest) -> HttpResponse:
    """Back from WeChat. The state must be the one that this very session asked with, and it works once."""
    if not wechat.is_on():
        raise Http404
    expected, given = request.session.pop(_STATE, ""), request.GET.get("state", "")
    code = request.GET.get("code", "")[:200]
    if not expected or not constant_time_compare(expected, given) or not code:
        messages.error(request, _("WeChat was not linked. Try again, please."))
        return redirect("notices:preferences")
    try:
        services.link_wechat(actor=user_of(request), openid=wechat.openid_for(code))
    except (Refused, Unreachable):
        messages.error(request, _("WeChat was not linked. Try again, please."))
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("WeChat is linked. Messages come there as well."))
    return redirect("notices:preferences")


@require_POST
@login_required
def unlink_wechat(request: HttpRequest) -> HttpResponse:
    services.unlink_wechat(actor=user_of(request))
    return redirect("notices:preferences")
