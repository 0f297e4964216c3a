"""Hospitals of the demonstration. Provinces, cities and hospitals are invented; no code, number or phone exists."""

from collections.abc import Iterator

from stdnum.cn import uscc

from partners.services import Imported, import_hospitals

# code letters, region code (none that is in use), province, cities with their region codes
_PROVINCES = (
    ("YZ", "990000", "云岭省", (("990100", "云州市"), ("990200", "临江市"), ("990300", "青溪市"))),
    ("HL", "980000", "海澜省", (("980100", "澜海市"), ("980200", "望潮市"), ("980300", "碧湾市"))),
    ("BY", "970000", "北原省", (("970100", "原州市"), ("970200", "雪松市"), ("970300", "白桦市"))),
    ("XS", "960000", "西岫省", (("960100", "岫阳市"), ("960200", "石泉市"), ("960300", "金川市"))),
)
# The provincial capital's five, then those of each other city.
_CAPITAL = (
    ("{city}第一人民医院", "三级甲等", "综合"),
    ("{city}中心医院", "三级甲等", "综合"),
    ("{province}大学附属医院", "三级甲等", "综合"),
    ("{province}大学附属第二医院", "三级乙等", "综合"),
    ("{province}人民医院", "三级甲等", "综合"),
    ("{city}第二人民医院", "三级乙等", "综合"),
    ("{city}儿童医院", "三级乙等", "专科"),
)
_CITY = (
    ("{city}人民医院", "二级甲等", "综合"),
    ("{city}中医院", "二级甲等", "中医"),
    ("{city}妇幼保健院", "二级乙等", "专科"),
    ("{city}仁和医院", "未定级", "综合"),
)


def rows() -> Iterator[dict[str, str]]:
    """Sixty rows in the shape of the import file; YZ001 to YZ006 are those of the stories."""
    for letters, province_code, province, cities in _PROVINCES:
        number = 0
        for place, (city_code, city) in enumerate(cities):
            for pattern, level, category in _CAPITAL if place == 0 else _CITY:
                number += 1
                name = pattern.format(city=city, province=province)
                yield {
                    "code": f"{letters}{number:03d}",
                    "name": name,
                    "aliases": f"{name.removeprefix(city)}" if place else "",
                    "uscc": _credit_code(province_code, number, private=level == "未定级"),
                    "insurance_code": f"H{province_code[:2]}{number:09d}",
                    "level": level,
                    "category": category,
                    "ownership": "民营" if level == "未定级" else "公立",
                    "province_code": province_code,
                    "province": province,
                    "city_code": city_code,
                    "city": city,
                    "phone": f"000-81{province_code[0]}{number:04d}",
                    "verified_source": "演示数据，均为虚构",
                    "verified_on": "2026-11-01",
                }


def load() -> Imported:
    """Bring them in; running it again changes nothing."""
    return import_hospitals(actor=None, rows=enumerate(rows(), start=2))


def _credit_code(region: str, number: int, *, private: bool) -> str:
    body = f"{'52' if private else '12'}{region}{number:09d}"
    return body + uscc.calc_check_digit(body)
