"""Django's own admin, for looking only: nothing is added, changed or deleted here, and nothing is shown unmasked."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, DataExport, DeletionRequest, RoleGrant, User
from core.masking import mask_email, mask_name, mask_phone


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["pk", "masked_name", "masked_phone", "masked_email", "is_active", "joined_at"]
    list_filter = ["is_active", "language"]
    fields = [
        "masked_name",
        "masked_phone",
        "masked_email",
        "language",
        "is_active",
        "joined_at",
        "last_login",
        "erased_at",
    ]
    readonly_fields = ["masked_name", "masked_phone", "masked_email"]
    ordering = ["-id"]

    @admin.display(description=_("Name"))
    def masked_name(self, user: User) -> str:
        return mask_name(user.name)

    @admin.display(description=_("Phone number"))
    def masked_phone(self, user: User) -> str:
        return mask_phone(user.phone)

    @admin.display(description=_("E-mail address"))
    def masked_email(self, user: User) -> str:
        return mask_email(user.email or "")


@admin.register(RoleGrant)
class RoleGrantAdmin(admin.ModelAdmin):
    list_display = ["pk", "user", "role", "organisation", "granted_by", "granted_at", "revoked_by", "revoked_at"]
    list_filter = ["role"]
    list_select_related = ["user", "granted_by", "revoked_by"]


@admin.register(Consent)
class ConsentAdmin(admin.ModelAdmin):
    list_display = ["pk", "user", "purpose", "scope", "given", "text_version", "at"]
    list_filter = ["purpose", "given"]
    list_select_related = ["user"]


@admin.register(DataExport)
class DataExportAdmin(admin.ModelAdmin):
    list_display = ["pk", "user", "status", "requested_at", "expires_at"]
    exclude = ["content"]
    list_select_related = ["user"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).defer("content")


@admin.register(DeletionRequest)
class DeletionRequestAdmin(admin.ModelAdmin):
    list_display = ["pk", "user", "status", "requested_at", "execute_after", "finished_at"]
    list_filter = ["status"]
    list_select_related = ["user"]
