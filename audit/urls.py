from django.urls import path

from audit.views import cases, complaints, own, police, public, queue, rulesets, stops

app_name = "audit"

urlpatterns = [
    path("staff/audit/", queue.index, name="queue"),
    path("staff/audit/next/", queue.take_next, name="next"),
    path("staff/audit/disagreements/", queue.disagreements, name="disagreements"),
    path("staff/audit/cases/<int:pk>/", cases.show, name="case"),
    path("staff/audit/cases/<int:pk>/decide/", cases.decide, name="decide"),
    path("staff/audit/cases/<int:pk>/ask/", cases.ask, name="ask"),
    path("staff/audit/cases/<int:pk>/reveal/<slug:fact>/", cases.reveal, name="reveal"),
    path("staff/audit/cases/<int:pk>/papers/<int:document>/<int:page>-<slug:size>/", cases.paper, name="paper"),
    path("staff/audit/cases/<int:pk>/<slug:action>/", cases.act, name="act"),
    path("staff/audit/stops/", stops.index, name="stops"),
    path("staff/audit/stops/<int:pk>/police/", police.ask, name="police_ask"),
    path("staff/audit/stops/<int:pk>/<slug:action>/", stops.act, name="stop_act"),
    path("staff/audit/stop/<slug:subject_kind>/<int:object_id>/", stops.raise_stop, name="raise_stop"),
    path("staff/audit/police/", police.index, name="police"),
    path("staff/audit/police/<int:pk>/", police.download, name="police_download"),
    path("staff/audit/police/<int:pk>/<slug:action>/", police.act, name="police_act"),
    path("staff/audit/rules/", rulesets.index, name="rulesets"),
    path("staff/audit/rules/draft/", rulesets.draft, name="ruleset_draft"),
    path("staff/audit/rules/check/", rulesets.check, name="rule_check"),
    path("staff/audit/rules/<int:version>/", rulesets.show, name="ruleset"),
    path("staff/audit/rules/<int:version>/thresholds/", rulesets.thresholds, name="ruleset_thresholds"),
    path("staff/audit/rules/<int:version>/rule/", rulesets.rule, name="rule_new"),
    path("staff/audit/rules/<int:version>/rule/<int:pk>/", rulesets.rule, name="rule"),
    path("staff/audit/rules/<int:version>/rule/<int:pk>/remove/", rulesets.remove, name="rule_remove"),
    path("staff/audit/rules/<int:version>/<slug:action>/", rulesets.act, name="ruleset_act"),
    path("staff/reports/", complaints.board, name="reports"),
    path("staff/reports/<slug:number>/", complaints.show, name="report_staff"),
    path("staff/reports/<slug:number>/<slug:action>/", complaints.act, name="report_act"),
    path("me/decisions/", own.decisions, name="decisions"),
    path("me/decisions/<int:pk>/", own.decision, name="decision"),
    path("me/reports/<slug:number>/", own.report, name="report_own"),
    path("report/status/<slug:number>/", public.status, name="report_status_own"),
    path("report/status/<slug:number>/<slug:secret>/", public.status, name="report_status"),
    path("report/<slug:subject_kind>/<slug:reference>/", public.report, name="report"),
    path("transparency/review/", queue.figures, name="figures"),
]
