"""Public aid that exists in every province: what a family should ask for first (R11). Staff can change the lines."""

from typing import Any

from django.db import migrations

LINES = [
    (
        "基本医疗保险与大病保险报销",
        "Medical insurance and its critical-illness cover",
        "先在医院结算窗口或参保地医保经办机构办理报销；费用较高的部分可由大病保险再次报销。可拨打医保服务热线咨询。",
        "Ask the hospital's cashier or your insurance office to settle first. High costs are covered a second time by the "
        "critical-illness part. The insurance hotline answers questions.",
        "12393",
    ),
    (
        "医疗救助",
        "Medical assistance",
        "低保、特困、返贫致贫人口以及因病致贫家庭，可向户籍地乡镇（街道）申请，由医保部门对个人负担部分给予救助。",
        "Families on allowance, and families made poor by illness, apply at their town or street office; the insurance office "
        "then carries part of what is left to pay.",
        "12393",
    ),
    (
        "临时救助",
        "Temporary assistance",
        "因突发疾病等导致基本生活暂时困难的家庭和个人，可向户籍地或居住地乡镇（街道）申请，紧急情况可先行救助。",
        "Who cannot meet daily needs because of a sudden illness applies at the town or street office where they live; in an "
        "emergency help comes before the paperwork.",
        "12345",
    ),
    (
        "最低生活保障与特困供养",
        "Subsistence allowance",
        "共同生活的家庭成员人均收入低于当地低保标准、且财产状况符合规定的，可向乡镇（街道）申请。",
        "Households whose income per head lies below the local standard, and whose property fits the rules, apply at the town "
        "or street office.",
        "12345",
    ),
]


def add(apps: Any, schema_editor: Any) -> None:
    channel = apps.get_model("partners", "ReliefChannel")
    for number, (title_zh, title_en, text_zh, text_en, phone) in enumerate(LINES, start=1):
        channel.objects.create(
            kind="government",
            title_zh=title_zh,
            title_en=title_en,
            text_zh=text_zh,
            text_en=text_en,
            phone=phone,
            position=number * 10,
        )


def remove(apps: Any, schema_editor: Any) -> None:
    titles = [line[0] for line in LINES]
    apps.get_model("partners", "ReliefChannel").objects.filter(title_zh__in=titles).delete()


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_hospitals_charities_relief")]

    operations = [migrations.RunPython(add, remove)]
