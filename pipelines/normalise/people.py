"""Who is named: natural persons, whom the public may not read in full, and producers who are not at fault.

The only judgement of what is a person's name. It errs towards persons: to mask a short shop name harms less than to
print a person's. What the public reads goes through public_name (parties), public_text (other texts) or public_code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pipelines.normalise.roles import parts_of
from pipelines.normalise.text import key_of
from warehouse.reference import divisions

__all__ = ["is_natural_person", "named_persons", "producer_status_of", "public_code", "public_name", "public_text"]

_HAN = r"[㐀-䶿一-鿿豈-﫿〇\U00020000-\U0003ffff]"
_DOT = r"[·・•‧∙⋅●▪.．]"
_COMPOUND_NAMES = (
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 夏侯 司徒 令狐 长孙 宇文 端木 轩辕 独孤 南宫 西门 百里 呼延 闻人 "
    "申屠 太史 淳于 公冶 钟离 万俟 澹台 濮阳 赫连 拓跋 东郭 公羊 宗政 单于 仲孙 鲜于 闾丘 司空 司寇"
)
_COMPOUND = frozenset(_COMPOUND_NAMES.split())
_FAMILY = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜"
    "倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳"
    "裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简"
    "娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡"
    "宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺诸杭班匡水储濮靖麻尚农阴郗茅堵宓鱼逄鹿充公涂幸暴闫肖代付邝占税但牙阿"
    "蒲蹇母晁亓佘詹洛鄂衡尧闭过铁帅苍云泽昝危逯区邰湛宿卿利隆荣酆阙丰伊仉咸慎寿通麦晋印步庾暨敬淡弓线苻桓寇闻遇青庹"
)
_STRONG = re.compile(
    r"公司|厂|店|部|超市|商行|商厦|中学|小学|大学|[一二三四五六七八九十]中$|商社|社$|中心|学校|幼儿园|学院|医院|法院|馆|铺|摊|坊|合作|企业|集团|连锁|酒|饭|餐|食|茶楼|"
    r"茶园|药|菜园|果园|市场|广场|商场|商城|商贸|贸易|便利|批发|零售|生鲜|火锅|小吃|烧烤|烘焙|蛋糕|面包|档|厅|室$|司$|"
    r"农[场庄]|[实农牧渔酒乳茶药置商产饮林味企]业$|[记牌捞号府阁斋]$|[省市县区乡镇村州]$|[*＊]|[A-Za-z0-9]"
)
_WEAK = re.compile(r"[行商社院所局站堂园庄屋城吧房楼点市县区省乡镇村场户网室厅]|[业轩苑源]$")
_NOBODY_WORDS = (
    "自制 自产 自加工 自行加工 本店 本单位 本公司 同上 不详 未知 未标示 未标注 无 无标识 外购 散装 自采 自购 个体 个人 "
    "总店 已故 原名 转供 分装 定制 零售 批发 食堂 代码 自编"
)
_NO_NAME = frozenset(_NOBODY_WORDS.split())
_TITLE = (
    r"个体工商户|个体经营[者户]|个体户|个体|自然人|种植[者户]|养殖[者户]|经营[者户]|摊主|摊贩|商贩|菜贩|菜农|果农|农户|农民|"
    r"户主|店主|业主|场主|货主|村民|居民|散户|负责人|联系人|法定代表人|法人代表|法人|老板|姓名"
)
_PLACE_END = r"省|自治区|自治州|市(?!场)|[州县区镇乡村旗]|街道|社区|[组路街巷队]"
_STALL = r"市场|集市|摊位|摊|档口|档|柜|[号栋幢楼排]"
_SHOP = r"公司|厂|店|超市|商行|[部铺馆社坊场行院]|[A-Za-z0-9][.．]?"
_STRICT_ANCHOR = re.compile(rf"(?:{_TITLE})[:：]?|{_PLACE_END}|{_STALL}")
_TITLED = re.compile(_TITLE)
_PLACED = re.compile(r"省|自治区|[市县区镇乡村]")
_SHOP_ANCHOR = re.compile(_SHOP)
_TITLE_BEHIND = re.compile(rf"(?:的?(?:{_TITLE})|先生|女士)$")
_GOODS = (
    r"蔬菜|水果|干果|果蔬|果品|蛋品|禽蛋|鸡蛋|鸭蛋|禽类|家禽|活禽|水产品?|海鲜|活鱼|冻品|干货|干杂|杂货|副食品?|粮油|调味品?|调料|豆制品|豆腐|豆芽|"
    r"凉粉|凉菜|凉面|卤菜|卤肉|卤味|熟食|熟肉|腊肉|泡菜|酱菜|腌菜|面条|鲜面|米粉|米线|早点|早餐|小吃|烧烤|食品|茶叶|炒货|鲜肉|猪肉|牛羊肉|牛肉|"
    r"羊肉|鸡鸭|[鲜菜肉蛋鱼鸡鸭鹅兔禽果米面]"
)
# What somebody sells stands between their name and the stall (李秀英蛋品摊).
_STALL_BEHIND = re.compile(rf"的?(?:{_GOODS})*(?:\d+号)?(?:摊[位点]?|档口?)(?:\d+号?)?$|[A-Za-z0-9]+$")
_NAME = re.compile(rf"{_HAN}{{2,4}}")
_DOTTED = re.compile(rf"{_HAN}+(?:{_DOT}{_HAN}+)+")
_SPACED = re.compile(rf"{_HAN}(?:\s+{_HAN}){{1,3}}")
# Brackets within the name of a firm (…（成都）饮品有限公司) belong to it; the country of origin is nobody's name.
_INNER_BRACKET = re.compile(r"[(（][^()（）]*[)）](?=[^\s()（）]*(?:公司|厂|店|超市|集团|[部社行]))")
_NOBODY = re.compile(
    r"(?:原产[国地]|产地)[:：]?[^\s()（）]+|(?:身份证|电话|手机|联系方式)(?:号码|号)?|\d{7,}[XxＸｘ]?|1\d\d(?:[\s—–-]?\d{4}){2}"
)
# What ends so is never a person's name, wherever a name may begin in it: said at once of most sampled units.
_FIRM = re.compile(rf"(?:(?!原产|产地|身份证|电话|手机|联系){_HAN})+[店厂部馆铺坊司市]")
_PIECE = re.compile(rf"(?:[\w*＊]|{_DOT})+")

_LONG_DIGITS = re.compile(r"(?<!\d)\d{14,}[\dXxＸｘ]")
_PHONE = re.compile(r"(?<!\d)[1１]\d{2}(?:[\s—–-]?\d{4}){2}(?!\d)")
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
_STATED = re.compile(r"((?:身份证|电话|手机|联系)\D{0,8})\d{11,}[Xx]?")

_DISOWNED = re.compile(r"冒用|假冒|并非来自|非本?(?:公司|企业|厂)生产|不是.{0,20}(?:生产|产品)|否认.{0,10}生产")
_DISPUTED = re.compile(r"真实性异议|真伪.{0,6}异议|对.{0,10}真实性")


def is_natural_person(name: str) -> bool:
    """Whether a cell names a natural person, alone, behind a role, a title, a place or a market, or beside a shop."""
    return not _FIRM.fullmatch(name) and any(True for _ in _persons(name))


def public_name(name: str) -> str:
    """The parties of a cell as the public may read them: a person by family name and two stars alone."""
    shown, at = [], 0
    for start, end in _persons(name):
        shown += [name[at:start], _masked(name[start:end])]
        at = end
    return public_text("".join([*shown, name[at:]]))


def named_persons(name: str) -> dict[str, str]:
    """The persons whom a cell names, as written there, without blanks and by the first part of a dotted name, each with
    what the public reads of them; longer forms stand first."""
    names: dict[str, str] = {}
    if not _FIRM.fullmatch(name):
        for start, end in _persons(name):
            person = name[start:end]
            forms = (person, "".join(person.split()), re.split(_DOT, person)[0])
            names |= dict.fromkeys((form for form in forms if len(form) > 1), _masked(person))
    return names


def public_text(text: str) -> str:
    """Any text without the numbers of identity cards (15 digits and more) and telephones (11 digits from 1)."""
    return _PHONE.sub("***", _LONG_DIGITS.sub("***", text))


def public_code(code: str) -> str:
    """A batch, sample or notice number, which may be as long; only a well-formed or so called identity number goes."""
    return _IDENTITY.sub("***", _STATED.sub(r"\1***", code))


def _persons(cell: str) -> Iterator[tuple[int, int]]:
    """Where persons' names stand in a cell, in order."""
    for part in parts_of(cell):
        for start, end in _persons_in(cell[part.start : part.end]):
            yield part.start + start, part.start + end


def _persons_in(text: str) -> Iterator[tuple[int, int]]:
    """Persons in what names one party: the whole of it, or pieces beside titles, places, numbers or a firm."""
    same_length = _INNER_BRACKET.sub(lambda found: "*" * len(found[0]), text)
    same_length = _NOBODY.sub(lambda found: " " * len(found[0]), same_length)
    spaced = same_length.strip()
    if _SPACED.fullmatch(spaced) and _is_person("".join(spaced.split()), needs_family=False):
        begin = same_length.index(spaced)
        yield begin, begin + len(spaced)
        return
    pieces = list(_PIECE.finditer(same_length))
    has_firm = any(_STRONG.search(_TITLE_BEHIND.sub("", piece[0])) for piece in pieces)
    for piece in pieces:
        is_bracketed = same_length[: piece.start()].rstrip().endswith(("(", "（", "[", "【"))
        found = _person_in(piece[0], needs_family=len(pieces) > 1 and (has_firm or is_bracketed))
        if found:
            yield piece.start() + found[0], piece.start() + found[1]


def _person_in(piece: str, *, needs_family: bool) -> tuple[int, int] | None:
    """The longest end of a piece that is a person's name, behind titles, places, markets, stalls and shops."""
    end = len(_TITLE_BEHIND.sub("", piece))
    at_stall = len(_STALL_BEHIND.sub("", piece[:end]))
    starts = {0: needs_family}
    starts |= {each.end(): True for each in _SHOP_ANCHOR.finditer(piece, 0, end)}
    starts |= dict.fromkeys(_behind_short_places(piece), True)
    starts |= {each.end(): needs_family for each in _STRICT_ANCHOR.finditer(piece, 0, end)}
    for start in sorted(starts):
        tail = piece[start:end]
        if _is_person(tail, needs_family=starts[start]) and not (start and _is_place(tail)):
            return start, end
        if at_stall < end and _is_person(piece[start:at_stall], needs_family=True):
            return start, at_stall
    return None


def _is_person(name: str, *, needs_family: bool) -> bool:
    if name in _NO_NAME or _STRONG.search(name) or _TITLED.search(name):
        return False
    if _DOTTED.fullmatch(name):
        return not _PLACED.search(name)
    if not _NAME.fullmatch(name):
        return False
    if name[:2] in _COMPOUND or (name[0] in _FAMILY and len(name) <= 3):
        return True
    return not needs_family and not _WEAK.search(name)


def _masked(name: str) -> str:
    """The family name (two characters for the compound ones) and two stars."""
    return f"{name[:2] if name[:2] in _COMPOUND else name[0]}**"


def _behind_short_places(piece: str) -> Iterator[int]:
    """Where a name may begin behind places without their suffix (四川绵阳…); 区 behind one is no family name."""
    at = 0
    while length := next((n for n in (4, 3, 2) if piece[at : at + n] in _short_places()), 0):
        at += length
        if piece[at : at + 1] != "区":
            yield at


def _is_place(name: str) -> bool:
    return name in _short_places() and name[0] not in _FAMILY


@cache
def _short_places() -> frozenset[str]:
    return frozenset(alias.alias for alias in divisions().aliases if alias.match == "short")


def producer_status_of(producer: str | None, remark: str | None) -> str:
    """named, unnamed, disowned (the goods are not the named producer's) or disputed (it denies having made them)."""
    said = key_of(f"{producer or ''} {remark or ''}")
    if _DISOWNED.search(said):
        return "disowned"
    if _DISPUTED.search(said):
        return "disputed"
    return "named" if producer else "unnamed"
