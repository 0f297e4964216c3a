"""What may not stand in words that everybody reads, and what words say by themselves. Pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from core.errors import Text

# The parts of a story, in the order in which a reader meets them.
STORY_PARTS = ("who", "illness", "call")
# Digits that people break up with spaces, dots and dashes to get around a filter.
_GAP = r"[\s\-\u2010-\u2015.·_]{0,2}"
_PATTERNS: dict[str, re.Pattern[str]] = {
    "id_number": re.compile(rf"(?<!\d)[1-9](?:{_GAP}\d){{16}}{_GAP}[\dXx](?!\d)"),
    "card": re.compile(rf"(?<!\d)[3-6](?:{_GAP}\d){{15,18}}(?!\d)"),
    "phone": re.compile(rf"(?<!\d)1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)"),
    "link": re.compile(r"https?://|www\.|[a-z0-9-]+\.(?:com|cn|net|org|top|xyz|vip|cc)\b", re.IGNORECASE),
    "email": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "account": re.compile(
        r"(?:微信号?|wechat|vx|v信|加\s*v|支付宝账?号?|qq)\s*[:：号是]?\s*[a-z0-9_-]{5,}", re.IGNORECASE
    ),
    "sharing": re.compile(r"转发[^。！!？?\n]{0,12}(?:[一1]元|元钱|块钱|就能|就可以|获得|得到|筹到)|转发[一1]次"),
}
SENTENCES: dict[str, Text] = {
    "id_number": _("There is an ID number in the text. Everybody can read this page: please take it out."),
    "card": _("There is a bank card number in the text. Money goes through the platform only: please take it out."),
    "phone": _("There is a phone number in the text. Everybody can read this page: please take it out."),
    "link": _("There is a link in the text. Links are not allowed here: please take it out."),
    "email": _("There is an e-mail address in the text. Everybody can read this page: please take it out."),
    "account": _("There is an account of another service in the text. Money goes through the platform only."),
    "sharing": _("Sharing brings no money by itself, so the text must not say so."),
}
# Bottom line 3: words that make a person look closely. They decide nothing (R67, R75).
PUBLIC_ORDER = (
    "酒驾", "醉驾", "毒驾", "吸毒", "贩毒", "赌博", "赌债", "肇事逃逸", "撞死", "杀人", "行凶", "斗殴",
    "打架", "抢劫", "偷盗", "诈骗", "非法集资", "高利贷", "整形", "整容", "代孕", "嫖", "自焚", "邪教",
)  # fmt: skip
# What people say about their means in a story, and what the declaration must then say (R21).
_CLAIMS: dict[str, re.Pattern[str]] = {
    "no_house": re.compile(
        r"(?:没有|无|没)(?:任何)?(?:房产|房子|住房|自己的房|房(?=[无没、，,。]|$))|租房(?:住|为生)|居无定所"
    ),
    "house_sold": re.compile(r"(?:卖|变卖|出售)(?:掉|了|光)?(?:唯一的|家里的|老家的|自己的)?(?:房|住房|房产|房子)"),
    "no_car": re.compile(r"(?:没有|无|没)(?:任何)?(?:私家)?(?:车辆|汽车|车子|车(?=[、，,。]|$))|无车"),
    "car_sold": re.compile(r"(?:卖|变卖|出售)(?:掉|了)?(?:家里的|唯一的)?(?:面包车|汽车|货车|车子|车)"),
    "allowance": re.compile(r"低保|贫困户|特困"),
    "no_insurance": re.compile(r"(?:没有|无|没)(?:任何)?(?:医保|医疗保险|保险)"),
    "no_savings": re.compile(r"(?:没有|毫无|没)(?:任何)?(?:积蓄|存款)|一贫如洗|倾家荡产|家徒四壁"),
}  # fmt: skip
_NAMED = re.compile(r"(?:我叫|名叫|叫做|名字叫|姓名[:：]?|患者|病人)\s*[“\"「]?([\u4e00-\u9fff·]{2,4})")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    "石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_TEMPLATE = re.compile(
    r"感谢(?:您|大家|每一位|各位)[^。！!\n]*[。！!]?|恳请[^。！!\n]*[。！!]?|求求(?:大家|您|好心人)[^。！!\n]*[。！!]?"
    r"|大家好[，,。！!]?|好人一生平安[。！!]?"
)


def traces(text: str) -> list[str]:
    """Codes of the personal numbers, links and claims about sharing in a text, in a fixed order."""
    plain = unicodedata.normalize("NFKC", text)
    found = []
    for code, pattern in _PATTERNS.items():
        plain, hits = pattern.subn(" ", plain)
        if hits:
            found.append(code)
    return found


def public_order_words(text: str) -> list[str]:
    return [word for word in PUBLIC_ORDER if word in text]


def claims(text: str) -> list[str]:
    """What a story says about the family's means, as codes."""
    return [code for code, pattern in _CLAIMS.items() if pattern.search(text)]


def foreign_names(text: str, names: Collection[str]) -> list[str]:
    """Names that a text gives to patient or raiser and that are on neither ID card (R21)."""
    found = []
    for match in _NAMED.finditer(text):
        candidate = match.group(1)
        if candidate[0] in _SURNAMES and not any(_same(candidate, name) for name in names):
            found.append(candidate[:3])
    return list(dict.fromkeys(found))


def _same(candidate: str, name: str) -> bool:
    """The candidate may run on into the sentence, or be a nickname made of the given name."""
    return candidate.startswith(name[:3]) or name.startswith(candidate) or candidate[:2] == name[:2]


def bare_story(text: str) -> str:
    """A story without greetings, thanks and pleas, punctuation and digits: what is left is the family's own (R76)."""
    text = _TEMPLATE.sub("", unicodedata.normalize("NFKC", text))
    return "".join(character for character in text if character.isalpha())


def first_private(texts: Iterable[str]) -> str:
    """The first code that is found in any of the texts, or an empty string."""
    return next((code for text in texts for code in traces(text)), "")
