"""Read-only views in Django's admin: nothing of this room is changed there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from audit.models import Case, HardStop, HumanVerdict, MachineVerdict, RuleSet, Snapshot


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(ReadOnly):
    list_display = ("id", "title", "kind", "status", "band", "outcome", "opened_at", "decided_at")
    list_filter = ("status", "kind", "band", "outcome", "disagreement")
    exclude = ("note",)


@admin.register(MachineVerdict)
class MachineVerdictAdmin(ReadOnly):
    list_display = ("id", "case_id", "band", "score", "ruleset", "code_version", "at")
    list_filter = ("band",)
    list_select_related = ("ruleset",)


@admin.register(HumanVerdict)
class HumanVerdictAdmin(ReadOnly):
    list_display = ("id", "case_id", "seat", "outcome", "reviewer", "at")
    list_filter = ("seat", "outcome")
    list_select_related = ("reviewer",)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly):
    list_display = ("id", "subject_kind", "object_id", "version", "sha256", "taken_at")
    list_filter = ("subject_kind",)


@admin.register(RuleSet)
class RuleSetAdmin(ReadOnly):
    list_display = ("version", "status", "proposed_by", "approved_by", "active_from")
    list_filter = ("status",)


@admin.register(HardStop)
class HardStopAdmin(ReadOnly):
    list_display = ("id", "title", "status", "raised_by", "raised_at", "lifted_at")
    list_filter = ("status",)
