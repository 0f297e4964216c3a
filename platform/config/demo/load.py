"""Loads the demonstration: the named cast, hospitals, and about thirty families in every state. Safe to run twice.

Each family goes the real way, service by service, to where its story stands; gifts are paid at the sandbox channel and
withdrawals go through the sandbox custodian, so both must be running.
"""

from collections.abc import Callable

from accounts.models import User
from accounts.roles import Role
from accounts.services import enrol_totp
from campaigns.models import Campaign
from campaigns.services import end_campaign, freeze_campaign, pause_campaign
from campaigns.services.attestations import attest
from campaigns.services.updates import post_update
from config.demo import afterwards
from config.demo import cast as named
from config.demo import hospitals as register
from config.demo.family import Party, fill_in, hand_in, patient_of, raiser_of
from config.demo.people import PEOPLE
from config.demo.stories import STORIES, Story
from identity.services import bind_user, ensure_person
from partners.models import Hospital

Say = Callable[[str], None]
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105


def load(say: Say, *, families: bool = True) -> int:
    """Returns the number of families that were added. A family whose title is there already is left alone."""
    cast = load_cast()
    say("cast")
    register.load()
    hospitals = {hospital.code: hospital for hospital in Hospital.objects.all()}
    say(f"{len(hospitals)} hospitals")
    donors = [cast.chen, cast.sun, cast.wang]
    added = 0
    for number, story in enumerate(STORIES if families else ()):
        if Campaign.objects.filter(title=story.title).exists():
            continue
        _play(cast, number, story, hospitals[story.hospital], donors)
        added += 1
        say(f"{added:2d} {story.title}")
    return added


def load_cast() -> named.Cast:
    """Everybody of the story with roles and, for staff, an authenticator whose code the sandbox page shows."""
    users: dict[str, User] = {}
    for key, (name, phone, email, roles) in named.PEOPLE.items():
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email=email, phone=phone, password=named.PASSWORD, name=name)
            for role in roles:
                organisation = next(register.rows())["code"] if role == Role.HOSPITAL else ""
                user.grants.create(role=role, organisation=organisation)
        if roles:
            enrol_totp(actor=None, user=user, secret=TOTP_SECRET)
        users[key] = user
    for key in ("chen", "sun"):
        person = ensure_person(actor=users[key], name=PEOPLE[key].name, id_number=PEOPLE[key].id_number)
        bind_user(actor=users[key], user=users[key], person=person)
    return named.Cast(**users)


def _play(cast: named.Cast, number: int, story: Story, hospital: Hospital, donors: list[User]) -> None:
    me, patient = _parties(number, story)
    raiser = _raiser(cast, number, story, me)
    campaign = fill_in(raiser=raiser, me=me, patient=patient, story=story, hospital=hospital, seed=number + 1)
    if story.state == "draft":
        return
    hand_in(raiser=raiser, campaign=campaign)
    if story.state == "submitted":
        return
    afterwards.rest()
    campaign.refresh_from_db()
    if story.state == "in_review":
        return
    if story.state in ("fix_needed", "refused"):
        afterwards.decide(cast, "campaign", campaign.pk, "fix" if story.state == "fix_needed" else "refuse")
        return
    afterwards.vouch(cast, campaign)
    afterwards.decide(cast, "campaign", campaign.pk)
    afterwards.rest()
    campaign.refresh_from_db()
    if campaign.status == "published":
        _raise(cast, number, story, campaign, patient, donors)


def _parties(number: int, story: Story) -> tuple[Party, Party]:
    return raiser_of(number, story), patient_of(number, story)


def _raiser(cast: named.Cast, number: int, story: Story, me: Party) -> User:
    """Lin raises for Wang; the dishonest Li for himself; the others have accounts of their own."""
    if number == 0:
        return cast.lin
    email = f"raiser{number:02d}@candor.invalid"
    known = User.objects.filter(email=email).first()
    return known or User.objects.create_user(email=email, phone=f"+86{me.phone}", name=me.name)


def _raise(cast: named.Cast, number: int, story: Story, campaign: Campaign, patient: Party, donors: list[User]) -> None:
    attest(actor=cast.chen, campaign=campaign, relation="neighbour", text="认识这家人多年，情况属实。", agreed=True)
    attest(actor=cast.sun, campaign=campaign, relation="colleague", text="去医院看望过，与页面所写一致。", agreed=True)
    afterwards.give(campaign, donors, story.raised, seed=number)
    afterwards.rest()
    campaign.refresh_from_db()
    if campaign.status in ("published", "ended"):
        post_update(
            actor=campaign.raiser, campaign=campaign, key=f"demo-{campaign.code}",
            text="谢谢每一位帮助过我们的人。这周检查结果平稳，医生说按计划继续治疗，费用清单会按时放上来。",
        )  # fmt: skip
    _bring_to(cast, story, campaign, patient)


def _bring_to(cast: named.Cast, story: Story, campaign: Campaign, patient: Party) -> None:
    if story.state == "paused":
        pause_campaign(actor=campaign.raiser, campaign=campaign, reason="工伤赔付正在核实，先暂停。")
    if story.state == "frozen":
        freeze_campaign(actor=cast.xu, campaign=campaign, reason="有人举报名下有店面未披露，核实中。")
    if story.state in ("ended", "settling", "closed") and campaign.status == "published":
        end_campaign(actor=campaign.raiser, campaign=campaign, why="raiser")
    if story.state in ("settling", "closed"):
        campaign.refresh_from_db()
        afterwards.withdraw(cast, campaign, patient, story, (campaign.target or 0) * 9 // 10)
        afterwards.prove(cast, campaign, patient, story)
        if story.state == "closed":
            campaign.refresh_from_db()
            afterwards.close(cast, campaign)
    elif story.state == "ended":
        campaign.refresh_from_db()
        afterwards.withdraw(cast, campaign, patient, story, (campaign.target or 0) // 2, arrive=False)


def summary() -> list[tuple[str, str, str]]:
    """(role, phone, password) of the cast, for the table that `start` prints."""
    return [
        (", ".join(str(role.label) for role in roles) or "—", f"{name} {phone}", named.PASSWORD)
        for name, phone, _email, roles in named.PEOPLE.values()
    ]
