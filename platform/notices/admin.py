"""Django's own admin, for looking only: what was sent by whom with what result, never to where or in what words."""

from django.contrib import admin

from notices.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
    list_display = ["pk", "channel", "status", "provider", "attempts", "error", "created_at", "finished_at"]
    list_filter = ["status", "channel"]
    exclude = ["notice", "address", "subject", "text", "code"]
