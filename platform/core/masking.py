"""One place that hides personal data (law 7). Pages, serializers and logs print what comes out of here."""


def mask_name(name: str) -> str:
    """张小明 → 张**; 欧阳修 → 欧**; Alice Brown → A**** B****. Nothing but the first letter of each part stays."""
    name = name.strip()
    if not name:
        return ""
    if name.isascii():
        return " ".join(part[0] + "*" * max(len(part) - 1, 1) for part in name.split())
    return name[0] + "*" * max(len(name) - 1, 1)


def mask_id(number: str) -> str:
    """The holder's own view: first and last character only."""
    return number[0] + "*" * (len(number) - 2) + number[-1] if len(number) > 4 else "*" * len(number)


def mask_id_staff(number: str) -> str:
    """The staff list view: three and four."""
    return number[:3] + "*" * (len(number) - 7) + number[-4:] if len(number) > 8 else "*" * len(number)


def mask_phone(phone: str) -> str:
    """+8613812341234 → 138****1234."""
    digits = phone.removeprefix("+86")
    return digits[:3] + "*" * (len(digits) - 7) + digits[-4:] if len(digits) > 8 else "*" * len(digits)


def mask_card(number: str) -> str:
    """First six and last four, for the holder and for staff; the public sees no card at all."""
    return number[:6] + "*" * (len(number) - 10) + number[-4:] if len(number) > 11 else "*" * len(number)


def mask_email(email: str) -> str:
    """lin@example.org → l***@example.org."""
    local, at, host = email.partition("@")
    return f"{local[:1]}***{at}{host}" if at else "*" * len(email)
