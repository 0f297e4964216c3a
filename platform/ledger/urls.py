from django.urls import path

from ledger import views

app_name = "ledger"

urlpatterns = [
    path("staff/ledger/", views.books, name="books"),
    path("staff/ledger/accounts/", views.accounts, name="accounts"),
    path("staff/ledger/accounts/<int:pk>/", views.statement, name="statement"),
    path("staff/ledger/journals/<int:pk>/", views.journal, name="journal"),
]
