"""Background work, for administrators."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import jobs as work
from core.errors import DomainError
from core.gate import staff_only
from core.http import way_back
from core.models import Job
from core.paging import page_of
from core.selectors import job_figures, list_jobs

PAGE = 30


@require_safe
@staff_only("admin")
def jobs(request: HttpRequest) -> HttpResponse:
    figures = job_figures(timezone.now())
    status, kind = request.GET.get("status", ""), request.GET.get("kind", "").replace("\x00", "")
    status = status if status in Job.Status.values else ""
    page = page_of(request, list_jobs(status=status, kind=kind), PAGE)
    context = {"figures": figures, "page_obj": page, "statuses": Job.Status.choices, "status": status, "kind": kind}
    return render(request, "core/jobs.html", context)


@require_POST
@staff_only("admin")
def retry_job(request: HttpRequest, pk: int) -> HttpResponse:
    actor: Any = request.user
    try:
        work.retry(actor=actor, job_id=pk)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The job will be tried again in a moment."))
    return redirect(way_back(request, "back") or "core:jobs")
