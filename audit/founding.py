"""The rules of version 1. From then on administrators change them, two at a time (services.rulesets).

A check that a room does not register is absent, so its rule is silent; a check that could not be made makes its rule not
evaluable, and people look. The points and thresholds are our own policy.
"""

from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from audit.models import Rule, RuleSet


class Founding(NamedTuple):
    code: str
    expression: str
    points: int
    severity: str
    reason_en: str
    reason_zh: str


RULES = (
    Founding(
        "blacklisted_person",
        "has(f.blacklist_person) && f.blacklist_person.hit",
        70,
        "high",
        "A person of this request is on the blacklist of dishonest raisers.",
        "求助涉及的人员在失信筹款人黑名单中。",
    ),
    Founding(
        "patient_has_campaign",
        "has(f.campaign_duplicate_patient) && f.campaign_duplicate_patient.hit",
        60,
        "high",
        "The same patient has another request here.",
        "同一患者在本平台已有其他求助。",
    ),
    Founding(
        "document_reused",
        "has(f.documents_reused) && f.documents_reused.hit",
        60,
        "high",
        "A paper of this request was shown before, in another one.",
        "本次提交的材料曾在其他求助中出现过。",
    ),
    Founding(
        "document_text_differs",
        "has(f.documents_text) && f.documents_text.hit",
        40,
        "high",
        "What the papers say differs from what was typed.",
        "材料上的文字与填写的内容不一致。",
    ),
    Founding(
        "document_edited",
        "has(f.documents_edited) && f.documents_edited.hit",
        40,
        "high",
        "A paper carries traces of editing.",
        "材料有编辑过的痕迹。",
    ),
    Founding(
        "diagnosis_too_old",
        "has(f.campaign_diagnosis_age) && f.campaign_diagnosis_age.hit",
        25,
        "medium",
        "The diagnosis certificate is older than the policy allows.",
        "诊断证明的日期超出规定的期限。",
    ),
    Founding(
        "target_over_cap",
        "has(f.campaign_over_cap) && f.campaign_over_cap.hit",
        60,
        "high",
        "The target is above the cap and needs a hospital estimate and two approvals.",
        "目标金额超过上限，需要医院预估证明和两级审批。",
    ),
    Founding(
        "target_above_need",
        "has(f.campaign_estimate) && f.campaign_estimate.hit",
        30,
        "medium",
        "The target is more than the estimate minus insurance, aid and own means.",
        "目标金额高于预估费用减去医保、救助和自有资金后的缺口。",
    ),
    Founding(
        "names_differ",
        "has(f.campaign_names) && f.campaign_names.hit",
        25,
        "medium",
        "A name in the title or story is not the name on the ID card.",
        "标题或正文中的姓名与身份证不一致。",
    ),
    Founding(
        "story_contradicts_means",
        "has(f.campaign_means) && f.campaign_means.hit",
        30,
        "medium",
        "What the story says about the family's means contradicts the declaration.",
        "正文所述家庭经济情况与申报内容矛盾。",
    ),
    Founding(
        "story_copied",
        "has(f.campaign_story) && f.campaign_story.hit",
        30,
        "medium",
        "The story is nearly the same as another one.",
        "正文与另一份求助几乎相同。",
    ),
    Founding(
        "public_order_words",
        "has(f.campaign_public_order) && f.campaign_public_order.hit",
        60,
        "high",
        "Words of the story suggest a matter against public order and good morals.",
        "正文的措辞提示事由可能违背公序良俗。",
    ),
    Founding(
        "shared_identifiers",
        "has(f.relations_shared) && f.relations_shared.hit",
        30,
        "medium",
        "Phone, bank card, device or hospital number is also used by other requests.",
        "手机号、银行卡、设备或住院号也被其他求助使用。",
    ),
    Founding(
        "bills_below_amount",
        "has(f.withdrawal_bills) && f.withdrawal_bills.hit",
        30,
        "medium",
        "The bills cover less of the amount than the policy asks for.",
        "票据覆盖的金额低于规定比例。",
    ),
    Founding(
        "invoice_reused",
        "has(f.use_proof_invoices) && f.use_proof_invoices.hit",
        60,
        "high",
        "An invoice was used as proof before.",
        "发票曾被用作其他用款凭证。",
    ),
)


def found_rules() -> None:
    """Write version 1 and put it in force, when there is no rule set at all. Runs after every `migrate`."""
    with transaction.atomic():
        if RuleSet.objects.exists():
            return
        first = RuleSet.objects.create(version=1, founding=True, note="The rules that Candor starts with.")
        Rule.objects.bulk_create(Rule(ruleset=first, **rule._asdict()) for rule in RULES)
        RuleSet.objects.filter(pk=first.pk).update(status="active", active_from=timezone.now())
