"""Invented names of shops, makers, people, streets, laboratories and building projects; none holds a place name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipelines.simulate.frame import Column, column, random_of

__all__ = ["Names", "invent_names"]

_SYLLABLES = "锦禾瑞丰佳润泽恒盛康源味鲜益臻尚品谷穗麦悦荟嘉沁馥芯霖煦朗翎晔珩玥钰铄骏驰拓创迈科"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
_GIVEN = "建秀淑芳国玉桂小春志明丽红英华军平霞勇燕强"
_STREETS = "锦绣康乐文昌柳荫槐荫迎晖望江听涛芙蓉桂香书院石板青羊坊仁和义学月亮星光"
_KINDS = {
    "production": ("食品有限公司", "农产品开发有限公司", "生物科技有限公司", "食品厂"),
    "distribution": ("商贸有限公司", "超市", "便利店", "百货有限公司", "粮油经营部", "农贸市场摊位"),
    "catering": ("餐饮管理有限公司", "饭店", "面馆", "火锅店", "小吃店"),
    "online": ("旗舰店", "食品专营店", "企业店"),
    "maker": ("电器有限公司", "建材有限公司", "化工有限公司", "塑业有限公司", "机械制造有限公司"),
    "builder": ("建筑工程有限公司", "建设集团有限公司"),
    "owner": ("置业有限公司", "城市建设投资有限公司"),
    "supervisor": ("工程监理有限公司", "项目管理咨询有限公司"),
    "laboratory": ("检验检测中心", "检测技术有限公司", "质量检验研究院"),
    "project": ("花园二期", "家园一标段", "广场", "综合楼", "安置房", "道路改造工程", "水库除险加固工程"),
}
_POOL = 1500


@dataclass(frozen=True)
class Names:
    """Pools that columns are drawn from."""

    pools: dict[str, Column]

    def draw(self, rng: np.random.Generator, kind: str, size: int) -> Column:
        """`size` names of a kind: one of production, distribution, catering, online, maker, builder, owner, …"""
        pool = self.pools[kind]
        drawn: Column = pool[rng.integers(0, len(pool), size)]
        return drawn

    def streets(self, rng: np.random.Generator, size: int) -> Column:
        """Street and house number."""
        numbers = column([f"{n}号" for n in range(1, 400)])
        address: Column = self.draw(rng, "street", size) + numbers[rng.integers(0, len(numbers), size)]
        return address


def invent_names(seed: int, stems: frozenset[str]) -> Names:
    """Pools of names free of every stem, so that no reader can take a name for an address."""
    rng = random_of(seed, "names")
    pools = {kind: _pool(rng, stems, [list(_SYLLABLES)] * 3, endings, trailing=1) for kind, endings in _KINDS.items()}
    given = [list(_SURNAMES), list(_GIVEN), list(_GIVEN)]
    pools["person"] = _pool(rng, stems, given, ("",))
    street_pairs = [_STREETS[n : n + 2] for n in range(0, len(_STREETS), 2)]
    pools["street"] = column(
        [name + kind for name in street_pairs for kind in ("路", "街", "巷", "大道") if _is_free(name + kind, stems)]
    )
    return Names(pools)


def _pool(
    rng: np.random.Generator,
    stems: frozenset[str],
    syllables: list[list[str]],
    endings: Iterable[str],
    *,
    trailing: int = 0,
) -> Column:
    choices = list(endings)
    found: dict[str, None] = {}
    for _ in range(_POOL * 3):
        parts = [each[rng.integers(0, len(each))] for each in syllables]
        name = "".join(parts) + choices[rng.integers(0, len(choices))]
        if len(set(parts)) == len(parts) and _is_free(name[: len(parts) + trailing], stems):
            found[name] = None
        if len(found) == _POOL:
            break
    return column(list(found))


def _is_free(name: str, stems: frozenset[str]) -> bool:
    return not any(
        name[start:end] in stems
        for start in range(len(name))
        for end in range(start + 2, min(len(name), start + 8) + 1)
    )
