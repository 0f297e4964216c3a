"""A family of the demonstration goes through the wizard: every step by the same services that the pages call."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from campaigns import letters, papers
from campaigns.models import Campaign
from campaigns.selectors.drafts import load
from campaigns.services import drafts, family, medical, payees, people, promises, submission
from campaigns.services import papers as attaching
from config.demo import drawings
from config.demo.people import PEOPLE, make_card, make_id_number
from config.demo.stories import STORIES, Story
from documents.kinds import Kind
from documents.models import Document
from documents.services import store
from partners.models import Hospital

BANK = "云州银行"
_FAMILY_NAMES = "林周赵刘陈孙何马郭吴蒋杨黄邓许曾钟谢彭丁冯潘田石范罗汤白"
_GIVEN_NAMES = ("晓梅", "建业", "文静", "志远", "春华", "立新", "玉兰", "海燕", "国强", "秀英", "小满", "长河")


@dataclass(frozen=True)
class Party:
    """One person of a family: well-formed numbers that belong to nobody."""

    name: str
    id_number: str
    card: str
    phone: str


def patient_of(number: int, story: Story) -> Party:
    birth = date.fromisoformat(story.born)
    seq = 200 + 2 * number + (1 if story.sex == "男" else 0)
    return Party(story.patient, make_id_number(birth, seq), make_card(2000 + number), f"170001{number:05d}")


def raiser_of(number: int, story: Story) -> Party:
    """The patient, or a relative of a believable age; the first family is Lin's."""
    if number == 0:
        lin = PEOPLE["lin"]
        return Party(lin.name, lin.id_number, lin.card, lin.phone)
    if story.relation == "self":
        return patient_of(number, story)
    name = _FAMILY_NAMES[(number * 7) % len(_FAMILY_NAMES)] + _GIVEN_NAMES[number % len(_GIVEN_NAMES)]
    birth = date(1978 + number % 14, 1 + number % 12, 1 + number % 27)
    return Party(name, make_id_number(birth, 600 + number), make_card(3000 + number), f"170002{number:05d}")


def fill_in(*, raiser: User, me: Party, patient: Party, story: Story, hospital: Hospital, seed: int) -> Campaign:
    """A complete draft, signed by raiser and patient, ready to be handed in."""
    campaign = drafts.start_draft(actor=raiser)
    _people(raiser, campaign, me, patient, story)
    _illness(raiser, campaign, story, hospital, seed)
    for part in ("who", "illness", "call"):
        drafts.set_story(actor=raiser, campaign=campaign, part=part, text=getattr(story, f"story_{part}"))
    drafts.set_title(actor=raiser, campaign=campaign, title=story.title)
    _means(raiser, campaign, story)
    _payee(raiser, campaign, me, patient, story)
    for slot, document in _papers(raiser, campaign, me, patient, story, hospital, seed):
        attaching.attach_paper(actor=raiser, campaign=campaign, slot=slot, document=document)
    people.agree_to_publish(actor=raiser, campaign=campaign, sensitive=True, story=True, documents=True)
    _sign(raiser, campaign, patient)
    campaign.refresh_from_db()
    return campaign


def hand_in(*, raiser: User, campaign: Campaign) -> Campaign:
    return submission.submit_campaign(actor=raiser, campaign=campaign, client_ip=home(campaign))


def home(campaign: Campaign) -> str:
    """The family's address on the net, different for each: one address asking for thirty families would be held."""
    return f"127.1.{campaign.pk % 250}.1"


def _people(raiser: User, campaign: Campaign, me: Party, patient: Party, story: Story) -> None:
    people.set_raiser(actor=raiser, campaign=campaign, name=me.name, id_number=me.id_number, agreed=True)
    people.set_relation(actor=raiser, campaign=campaign, relation=story.relation)
    if story.relation != "self":
        people.set_patient(actor=raiser, campaign=campaign, name=patient.name, id_number=patient.id_number)
    campaign.refresh_from_db()
    if campaign.patient and campaign.patient.is_minor_on(timezone.localdate()):
        people.agree_for_minor(actor=raiser, campaign=campaign, agreed=True)


def _illness(raiser: User, campaign: Campaign, story: Story, hospital: Hospital, seed: int) -> None:
    diagnosed = timezone.localdate() - timedelta(days=20 + seed % 60)
    medical.set_illness(
        actor=raiser, campaign=campaign, disease=story.disease, diagnosis=story.diagnosis, diagnosed_on=diagnosed
    )
    medical.set_hospital(
        actor=raiser,
        campaign=campaign,
        hospital=hospital,
        department="住院部",
        bed=f"{seed % 40 + 1}",
        inpatient_no=f"ZY26{seed:06d}",
    )
    lines = [(what, yuan * 100) for what, yuan in story.costs]
    medical.set_costs(actor=raiser, campaign=campaign, lines=lines, spent=2_000_000 + seed * 10_000)
    medical.set_cover(actor=raiser, campaign=campaign, insurance=story.insurance * 100, aid=0, own=story.own * 100)


def _means(raiser: User, campaign: Campaign, story: Story) -> None:
    campaign.refresh_from_db()
    minor = bool(campaign.patient and campaign.patient.is_minor_on(timezone.localdate()))
    house = {
        "owner": "father" if minor else "patient",
        "value": 18_000_000,
        "state": "not_sold",
        "reason": "全家唯一住房",
    }
    answers: dict[str, dict[str, object]] = {
        "family": {"value": "parents" if minor else "spouse"},
        "houses": {"count": 1, "items": [house]},
        "cars": {"count": 0, "items": []},
        "income": {"amount": 5_200_000},
        "savings": {"amount": story.own * 100},
        "debts": {"amount": 3_000_000},
        "medical_insurance": {"has": True, "note": "城乡居民医保"},
        "critical_insurance": {"has": False},
        "allowance": {"has": False},
        "government_aid": {"has": False},
        "elsewhere": {"has": False},
    }
    for question, values in answers.items():
        family.answer_means(actor=raiser, campaign=campaign, question=question, values=values)


def _payee(raiser: User, campaign: Campaign, me: Party, patient: Party, story: Story) -> None:
    """The patient's own account; for a child the mother's or father's who raises."""
    campaign.refresh_from_db()
    minor = bool(campaign.patient and campaign.patient.is_minor_on(timezone.localdate()))
    who, relation = (me, "parent") if minor else (patient, "self")
    payees.set_person_payee(
        actor=raiser, campaign=campaign, relation=relation, name=who.name, id_number=who.id_number,
        account_number=who.card, bank=BANK, phone=who.phone, client_ip=home(campaign),
    )  # fmt: skip


def _papers(
    raiser: User, campaign: Campaign, me: Party, patient: Party, story: Story, hospital: Hospital, seed: int
) -> Iterator[tuple[str, Document]]:
    """What the wizard still misses, drawn: one paper of each kind that a place asks for; and a photo for the page."""
    campaign.refresh_from_db()
    draft = load(campaign)
    for slot in papers.missing(draft.case, draft.kinds):
        for kind in slot.all_of or slot.kinds[:1]:
            holder = me if slot.code.startswith(("raiser", "payee")) and draft.case.payee_is != "patient" else patient
            holder = me if slot.code == "raiser_id" else holder
            yield (
                slot.code,
                _store(raiser, kind, draw(kind, holder, patient, story, hospital.name, f"{seed}-{slot.code}")),
            )
    yield papers.PHOTO, _store(raiser, Kind.PHOTO, drawings.landscape(seed))


def _store(raiser: User, kind: str, data: bytes) -> Document:
    return store(actor=raiser, upload=SimpleUploadedFile(f"{kind}.jpg", data, "image/jpeg"), kind=kind)


def draw(kind: str, holder: Party, patient: Party, story: Story, hospital: str, mark: str) -> bytes:
    """One sample paper of `kind`; `mark` makes it look different from every other one."""
    day = timezone.localdate() - timedelta(days=12)
    rows = [
        ("姓名", "Name", patient.name),
        ("住院号", "Inpatient no.", f"ZY26{mark}"),
        ("科室", "Department", "住院部"),
    ]
    if kind in (Kind.ID_FRONT, Kind.ID_BACK):
        return drawings.id_card(
            name=holder.name,
            number=holder.id_number,
            sex="男" if int(holder.id_number[16]) % 2 else "女",
            birth=date.fromisoformat(holder.id_number[6:14]).isoformat(),
            back=kind == Kind.ID_BACK,
            mark=mark,
        )
    if kind == Kind.BANK_CARD:
        return drawings.bank_card(holder=holder.name, number=holder.card, bank=BANK, mark=mark)
    if kind in (Kind.ESTIMATE, Kind.BILL, Kind.INVOICE):
        lines = [(what, yuan * 100) for what, yuan in story.costs]
        title = ("治疗费用预估", "Cost estimate") if kind == Kind.ESTIMATE else ("医疗费用明细", "Itemised bill")
        return drawings.table_paper(title=title, hospital=hospital, rows=rows, lines=lines, day=f"{day}", mark=mark)
    if kind == Kind.DIAGNOSIS:
        more = [*rows, ("诊断", "Diagnosis", story.diagnosis)]
        return drawings.certificate(
            title=("诊断证明书", "Diagnosis"), hospital=hospital, rows=more, day=f"{day}", mark=mark
        )
    return drawings.certificate(
        title=("证明材料", str(Kind(kind).label)),
        hospital="云州市清河区",
        rows=rows[:1],
        body="兹证明以上关系属实。",
        day=f"{day}",
        mark=mark,
    )


def _sign(raiser: User, campaign: Campaign, patient: Party) -> None:
    version = letters.current("promise").version
    promises.sign_promise(actor=raiser, campaign=campaign, agreed=True, text_version=version, client_ip=home(campaign))
    campaign.refresh_from_db()
    if campaign.relation == "self" or promises.speaks_for_patient(campaign):
        return
    promises.confirm_by_patient(
        actor=None, campaign=campaign, name=patient.name, id_tail=patient.id_number[-4:], agreed=True,
        text_version=version, client_ip=home(campaign),
    )  # fmt: skip


def everybody() -> dict[str, list[list[str]]]:
    """Everybody invented here, as the sandbox's identity gateway reads them: ID number, name, phone, card."""
    rows = [[person.id_number, person.name, person.phone, person.card] for person in PEOPLE.values()]
    for number, story in enumerate(STORIES):
        for party in (raiser_of(number, story), patient_of(number, story)):
            rows.append([party.id_number, party.name, party.phone, party.card])
    return {"people": rows, "organisations": []}
