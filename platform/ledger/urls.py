from django.urls import path

from ledger import views

app_name = "ledger"

urlpatterns = [
    path("books/seals/", views.seals, name="seals"),
    path("books/seals.json", views.seals_json, name="seals_json"),
    path("books/verify_receipt.py", views.verify_script, name="verify_script"),
    path("staff/ledger/", views.books, name="books"),
    path("staff/ledger/accounts/", views.accounts, name="accounts"),
    path("staff/ledger/accounts/<int:pk>/", views.statement, name="statement"),
    path("staff/ledger/journals/<int:pk>/", views.journal, name="journal"),
]
