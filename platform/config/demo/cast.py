"""The named cast: the same people in tests, demo data and the walkthrough. All are invented."""

from dataclasses import dataclass

from accounts.models import RoleGrant, User
from accounts.roles import Role

PASSWORD = "candor-demo-2026"  # noqa: S105

# key: (name, phone, e-mail, roles). The numbers are in a block that no carrier hands out to subscribers.
PEOPLE: dict[str, tuple[str, str, str, tuple[Role, ...]]] = {
    "lin": ("林晓梅", "+8617000000001", "lin@candor.invalid", ()),
    "wang": ("王建国", "+8617000000002", "wang@candor.invalid", ()),
    "chen": ("陈思远", "+8617000000003", "chen@candor.invalid", ()),
    "sun": ("孙未然", "+8617000000004", "sun@candor.invalid", ()),
    "li": ("李不实", "+8617000000005", "li@candor.invalid", ()),
    "zhao": ("赵清", "+8617000000011", "zhao@candor.invalid", (Role.AUDITOR,)),
    "qian": ("钱正", "+8617000000012", "qian@candor.invalid", (Role.AUDITOR, Role.SENIOR_AUDITOR)),
    "zhou": ("周衡", "+8617000000013", "zhou@candor.invalid", (Role.FINANCE,)),
    "wu": ("吴敏", "+8617000000014", "wu@candor.invalid", (Role.ADMIN,)),
    "he": ("何为", "+8617000000015", "he@candor.invalid", (Role.ADMIN, Role.FINANCE)),
    "xu": ("许诺", "+8617000000016", "xu@candor.invalid", (Role.RISK,)),
    "feng": ("冯言", "+8617000000017", "feng@candor.invalid", (Role.COMPLAINTS,)),
    "tang": ("唐行", "+8617000000018", "tang@candor.invalid", (Role.ADVISER,)),
    "zheng": ("郑安", "+8617000000021", "zheng@candor.invalid", (Role.HOSPITAL,)),
    "cao": ("曹善", "+8617000000022", "cao@candor.invalid", (Role.CHARITY,)),
    "jiang": ("蒋察", "+8617000000023", "jiang@candor.invalid", (Role.REGULATOR,)),
}


@dataclass
class Cast:
    """`cast.lin`, `cast.zhao`, … each a saved User."""

    lin: User
    wang: User
    chen: User
    sun: User
    li: User
    zhao: User
    qian: User
    zhou: User
    wu: User
    he: User
    xu: User
    feng: User
    tang: User
    zheng: User
    cao: User
    jiang: User

    @classmethod
    def create(cls) -> "Cast":
        people: dict[str, User] = {}
        for key, (name, phone, email, roles) in PEOPLE.items():
            user = User.objects.create_user(email=email, phone=phone, password=PASSWORD, name=name)
            for role in roles:
                RoleGrant.objects.create(user=user, role=role)
            people[key] = user
        return cls(**people)
