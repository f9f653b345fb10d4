"""Places: read from the beginning only, contradictions and doubts end as unknown."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from pipelines.normalise.gazetteer import gazetteer
from pipelines.normalise.places import Place, resolve, resolve_many
from warehouse.reference import UNKNOWN

REAL = Path(__file__).parents[2] / "../shared/data/real/merged_xlsx"


def address(text: str, **columns: str) -> tuple[str, str, str]:
    place = resolve(columns.get("prefecture"), columns.get("county"), text, columns.get("province"), None)
    return place.province_code, place.prefecture_code, place.county_code


def name(text: str) -> tuple[str, str]:
    place = resolve(None, None, None, None, text)
    return place.province_code, place.prefecture_code


@pytest.mark.parametrize(
    ("text", "county"),
    [
        ("四川省成都市武侯区人民南路四段", "510107"),
        ("四川成都武侯区人民南路", "510107"),
        ("成都市武侯区", "510107"),
        ("阿坝州汶川县威州镇", "513221"),
        ("凉山彝族自治州西昌市", "513401"),
        ("汶川县威州镇", "513221"),
        ("什邡市方亭街道", "510682"),
        ("乐山市市中区", "511102"),
        ("内江市市中区", "511002"),
        ("610000　四川省 成都市 武侯区", "510107"),
        ("地址：四川省成都市武侯区", "510107"),
        ("吉林市船营区", "220204"),
        ("重庆市重庆市万州区", "500101"),
        ("重庆市市辖区万州区", "500101"),
        ("海南州共和县", "632521"),
        ("湖北省省直辖县级行政区划仙桃市", "429004"),
        ("巴州库尔勒市", "652801"),
        ("巴州区江北大道", "511902"),
    ],
)
def test_an_address_is_parsed_from_province_to_county_with_each_part_optional(text: str, county: str) -> None:
    prefecture = gazetteer().parents[county]
    assert address(text) == (gazetteer().parents[prefecture], prefecture, county)


@pytest.mark.parametrize(
    ("text", "county"),
    [
        ("成都市新津县五津街道", "510118"),
        ("成都市郫县", "510117"),
        ("杭州市下城区石桥路", "330105"),
        ("江干区凯旋路", "330102"),
        ("大同市南郊区", "140213"),
        ("北川县永昌镇", "510726"),
        ("绵阳市安县", "510705"),
        ("四川省资阳市简阳市", "510185"),
        ("莱芜市莱城区", "370116"),
        ("济宁市市中区", "370811"),
    ],
)
def test_old_names_lead_to_the_division_that_has_their_place_today(text: str, county: str) -> None:
    assert address(text)[1:] == (gazetteer().parents[county], county)


@pytest.mark.parametrize("text", ["市中区人民路", "朝阳区", "鼓楼区", "城区", "东区10号", "中山路12号", "四川北路12号"])
def test_an_ambiguous_beginning_without_context_gives_nothing(text: str) -> None:
    assert resolve(None, None, text, None, None) == Place()


def test_a_county_that_is_ambiguous_in_its_province_gives_the_province_only() -> None:
    assert address("四川省市中区") == ("510000", UNKNOWN, UNKNOWN)
    assert address("市中区", province="四川省") == ("510000", UNKNOWN, UNKNOWN)


def test_the_province_makes_an_ambiguous_county_unique() -> None:
    assert address("朝阳区", province="北京") == ("110000", "110100", "110105")
    assert address("吉林省朝阳区") == ("220000", "220100", "220104")


def test_prefecture_and_county_that_exclude_each_other_leave_the_province() -> None:
    assert address("江西省南昌市鄱阳县鄱阳镇") == ("360000", UNKNOWN, UNKNOWN)
    assert address("", prefecture="南昌市", county="鄱阳县") == ("360000", UNKNOWN, UNKNOWN)


def test_zones_give_the_prefecture_and_no_county() -> None:
    assert address("绵阳高新区火炬西街") == ("510000", "510700", UNKNOWN)
    assert address("昆明市经开区") == ("530000", "530100", UNKNOWN)
    assert address("漳州台商投资区") == ("350000", "350600", UNKNOWN)
    assert address("中国（四川）自由贸易试验区成都高新区天府大道") == ("510000", "510100", UNKNOWN)
    assert address("天府新区华阳街道") == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_prefectures_without_counties_are_not_contradicted_by_their_districts() -> None:
    assert address("东莞市东城区") == ("440000", "441900", UNKNOWN)
    assert address("广东省中山市西区") == ("440000", "442000", UNKNOWN)


@pytest.mark.parametrize(
    "text", ["https://shop.taobao.com/成都市", "网店网址：饿了么（手机APP）；网店名称：绵阳市好店", "天猫店铺"]
)
def test_an_online_shop_has_no_place_not_even_by_its_name(text: str) -> None:
    assert resolve(None, None, text, None, "成都市武侯区棠品店") == Place()
    assert resolve(None, None, None, None, "天猫棠品旗舰店") == Place()


def test_an_explicit_column_wins_over_the_address() -> None:
    place = resolve("成都", None, "绵阳市涪城区", None, "内江市某店")
    assert place == Place("510000", "510100", UNKNOWN, "prefecture_column")


def test_the_address_adds_the_county_to_the_column() -> None:
    assert resolve("台州市", None, "椒江区葭沚街道", None, None) == Place(
        "330000", "331000", "331002", "prefecture_column"
    )
    assert resolve("宁波市", None, "海曙章水镇", None, None).county_code == "330203"


def test_an_ambiguous_county_column_is_settled_by_the_address() -> None:
    assert resolve(None, "市中区", "乐山市市中区", None, None) == Place("510000", "511100", "511102", "address")
    assert resolve(None, "武侯", None, None, None) == Place("510000", "510100", "510107", "county_column")


def test_columns_that_contradict_each_other_leave_the_stated_province() -> None:
    assert resolve("宁波市", None, None, "四川", None) == Place("510000", evidence="province_column")
    assert resolve(None, None, "江西省南昌市东湖区", "四川", None) == Place("510000", evidence="province_column")


def test_a_short_name_that_is_a_province_too_needs_the_province_column() -> None:
    assert resolve("海南", None, None, None, None) == Place()
    assert resolve("朝阳", None, None, None, None) == Place()
    assert resolve("朝阳", None, None, "辽宁", None).prefecture_code == "211300"
    assert resolve("阿坝", None, None, None, None).prefecture_code == "513200"


def test_the_province_column_may_be_short_or_hold_more() -> None:
    assert resolve(None, None, None, "四川", None) == Place("510000", evidence="province_column")
    assert resolve(None, None, None, "江苏", None) == Place("320000", evidence="province_column")
    assert resolve(None, None, None, "四川省成都市", None) == Place("510000", "510100", evidence="province_column")
    assert resolve(None, None, None, "重庆", None) == Place("500000", "500100", evidence="province_column")


@pytest.mark.parametrize(
    ("text", "province"),
    [
        ("广东华南通商贸发展有限公司普宁分公司", {"440000", UNKNOWN}),
        ("高安顺泰百货有限公司", {"360000", UNKNOWN}),
        ("江西高安顺泰百货有限公司", {"360000", UNKNOWN}),
        ("山东曲阜新合作百意商贸有限公司", {"370000", UNKNOWN}),
        ("武汉中商超市连锁有限公司", {"420000", UNKNOWN}),
        ("四川省五通桥德昌源酱园厂", {"510000"}),
        ("湖南佳惠百货有限责任公司长沙鄱阳分店", {"430000", UNKNOWN}),
        ("上海家乐福遵义路店", {"310000", UNKNOWN}),
        ("成都绿地优鲜超市有限公司重庆国金中心分公司", {UNKNOWN}),
        ("青岛润泰事业有限公司张家港分公司", {UNKNOWN}),
        ("深圳沃尔玛百货零售有限公司漳州丹霞路分店", {UNKNOWN}),
        ("北京华联综合超市股份有限公司成都分公司", {UNKNOWN}),
        ("四川粮之髓食品有限公司", {"510000"}),
        ("四川某某食品（绵阳）有限公司", {UNKNOWN}),
        ("广西壮族自治区林著", {"450000"}),
        ("沙县小吃店", {UNKNOWN}),
        ("郫县豆瓣经营部", {UNKNOWN}),
        ("重庆小面馆", {UNKNOWN}),
        ("上海路百货公司", {UNKNOWN}),
        ("市中区好又多超市", {UNKNOWN}),
        ("汪传文", {UNKNOWN}),
        ("剑阁剑明珠", {"510000", UNKNOWN}),
        ("德昌乐百惠", {"510000", UNKNOWN}),
    ],
)
def test_a_name_that_only_contains_a_place_gives_no_prefecture(text: str, province: set[str]) -> None:
    found = name(text)
    assert found[1] == UNKNOWN
    assert found[0] in province


@pytest.mark.parametrize(
    ("text", "prefecture"),
    [
        ("厦门市秀丽水产摊", "350200"),
        ("重庆云阳县花果山南溪生活服务站", "500100"),
        ("新津县新宜美佳购物中心", "510100"),
        ("大同市南郊区忆她春饼店", "140200"),
        ("乌鲁木齐市苏州路店", "650100"),
        ("成都市武侯区好又多超市", "510100"),
    ],
)
def test_a_name_that_starts_with_a_place_gives_it_as_the_last_resort(text: str, prefecture: str) -> None:
    place = resolve(None, None, None, None, text)
    assert (place.prefecture_code, place.evidence) == (prefecture, "name")


def test_a_market_hall_is_no_city() -> None:
    assert address("东方市场12号") == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert address("东方市八所镇") == ("460000", "469000", "469007")


def test_columns_of_many_rows_give_what_single_rows_give() -> None:
    rows = [
        (None, None, "成都市武侯区人民南路1号", None, None),
        (None, None, "成都市武侯区人民南路2号", None, None),
        (None, None, "东方市八所镇", None, None),
        (None, None, "东方市场", None, None),
        (None, None, "梅县区新城", None, None),
        (None, None, "梅县新城", None, None),
        ("宁波市", None, "海曙区", None, None),
        ("宁波市", None, "武侯区", None, None),
        (None, None, None, None, "四川粮之髓食品有限公司"),
        (None, None, None, None, None),
    ]
    columns = [
        pa.chunked_array([pa.array(c[:4], pa.string()), pa.array(c[4:], pa.string())]) for c in zip(*rows, strict=True)
    ]
    found = resolve_many(*columns)
    expected = [resolve(*row) for row in rows]
    assert found["province_code"].to_pylist() == [place.province_code for place in expected]
    assert found["prefecture_code"].to_pylist() == [place.prefecture_code for place in expected]
    assert found["county_code"].to_pylist() == [place.county_code for place in expected]
    assert found["place_evidence"].to_pylist() == [place.evidence for place in expected]


PIECES = st.sampled_from(
    [
        *("四川省", "四川", "成都市", "成都", "武侯区", "绵阳", "乐山市", "市中区", "梅县"),
        *("梅县区", "东方市", "场", "巢湖市", "无为县", "简阳市", "资阳市", "重庆市", "万州区"),
        *("高新区", "人民路", "1号", "海曙", "章水镇", "江西省", "鄱阳县", "有限公司", "分公司"),
        *("（", "）", "/", "https://", "海南", "阿坝州", "汶川县", "自治区"),
    ]
)
TEXTS = st.lists(PIECES, max_size=6).map("".join)


@given(rows=st.lists(st.tuples(*[st.none() | TEXTS] * 5), max_size=12))
def test_any_texts_give_known_codes_that_belong_together_and_the_same_in_bulk(
    rows: list[tuple[str | None, ...]],
) -> None:
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(5)]
    found = resolve_many(*columns)
    known = gazetteer()
    for i, row in enumerate(rows):
        place = resolve(*row)
        assert [found[name][i].as_py() for name in ("province_code", "prefecture_code", "county_code")] == [
            place.province_code,
            place.prefecture_code,
            place.county_code,
        ]
        if place.county_code != UNKNOWN:
            assert known.parents[place.county_code] == place.prefecture_code
        if place.prefecture_code != UNKNOWN:
            assert known.parents[place.prefecture_code] == place.province_code
        assert (place.evidence == "none") == (place.province_code == UNKNOWN)


def test_no_rows_give_empty_columns_of_strings() -> None:
    empty = pa.chunked_array([], pa.string())
    found = resolve_many(empty, empty, empty, empty, empty)
    assert {name: (len(column), column.type) for name, column in found.items()} == dict.fromkeys(
        ("province_code", "prefecture_code", "county_code", "place_evidence"), (0, pa.string())
    )


@pytest.mark.parametrize("code", ["510107", "513221", "441302", "350203", "650102"])
def test_the_full_path_of_a_county_resolves_to_it(code: str) -> None:
    known = gazetteer()
    prefecture = known.parents[code]
    path = known.names[known.parents[prefecture]] + known.names[prefecture] + known.names[code]
    assert address(path + "某路1号")[2] == code


def test_every_county_of_the_country_resolves_by_its_full_path() -> None:
    known, wrong = gazetteer(), []
    counties = [code for code, parent in known.parents.items() if parent and parent[4:] == "00" and parent[2:4] != "00"]
    for code in counties:
        prefecture = known.parents[code]
        path = known.names[known.parents[prefecture]] + known.names[prefecture] + known.names[code]
        if address(path + "某路1号")[1:] != (prefecture, code):
            wrong.append(path)
    assert len(counties) == 2847
    assert wrong == []


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="shared/data/real/merged_xlsx is not here")
def test_real_addresses_agree_with_the_district_that_the_workbook_gives() -> None:
    truths = [truth for path in sorted(REAL.glob("*.xlsx")) for truth in _truths(path)]
    places = [resolve(city, None, text, None, unit) for city, _, text, unit in truths]
    answered = [(place, truth[1]) for place, truth in zip(places, truths, strict=True) if place.county_code != UNKNOWN]
    right = sum(place.county_code == county for place, county in answered)
    assert len(truths) > 590
    assert right / len(answered) >= 0.99
    assert len(answered) / len(truths) >= 0.90
    assert {
        place.prefecture_code == gazetteer().parents[truth[1]] for place, truth in zip(places, truths, strict=True)
    } == {True}


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="shared/data/real/merged_xlsx is not here")
def test_real_addresses_and_names_alone_never_give_a_wrong_prefecture() -> None:
    wrong = []
    for path in sorted(REAL.glob("*.xlsx")):
        for city, county, text, unit in _truths(path):
            for place in (resolve(None, None, text, None, unit), resolve(None, None, None, None, unit)):
                if place.prefecture_code not in (UNKNOWN, gazetteer().parents[county]):
                    wrong.append((city, place))
    assert wrong == []


def _truths(path: Path) -> list[tuple[str, str, str, str]]:
    """City, county code, address and unit of each row whose 辖区 is a division."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    rows = book.get_sheet_by_name(book.sheet_names[0]).to_python(skip_empty_area=False)
    city, district, found = str(rows[0][0]), "", []
    prefecture = gazetteer().whole["prefecture"][city][0]
    for row in rows[2:]:
        district = str(row[1]).strip() or district
        counties = [c for c in gazetteer().whole["county"].get(district, ()) if gazetteer().parents[c] == prefecture]
        if row[4] and counties:
            found.append((city, counties[0], str(row[4]), str(row[3])))
    return found
