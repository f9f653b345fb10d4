"""Names that readers see for the codes of the data, in Chinese and in English."""

from __future__ import annotations

from api.problems import Text
from warehouse.quarterly.words import FEEDS, RATE_NAMES, SAMPLING_TYPES, quarter_name

__all__ = [
    "CONTENT",
    "FEEDS",
    "FIELDS",
    "MEASURES",
    "OUTCOMES",
    "RATE_NAMES",
    "RECALLS",
    "RECALL_STATES",
    "REVISIONS",
    "SAMPLING_TYPES",
    "STANDARD_SEARCH",
    "STATES",
    "STATUSES",
    "quarter_name",
]

STATES = {
    "issued": Text("已发布", "issued"),
    "updated": Text("已更新", "updated"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "expired": Text("已过有效期", "expired"),
    "archived": Text("历史提示", "history"),
}
FIELDS = {
    "q": "检索词",
    "feed": "领域",
    "prefecture": "市州",
    "hazard": "危害",
    "sampling_type": "抽检类型",
    "quarter": "时段",
    "cursor": "翻页标记",
}
CONTENT = {
    "headline_zh": "标题",
    "product_name": "产品",
    "brand": "商标",
    "spec": "规格型号",
    "batch_or_date": "生产日期或批号",
    "producer_name": "标称生产者",
    "orderer_name": "委托方",
    "importer_name": "进口商",
    "sampled_unit_name": "被抽样单位",
    "advice_zh": "建议",
    "found_zh": "不合格项目",
    "samples": "批次",
    "hazard_code": "危害类别",
    "state": "状态",
}
"""Names of what versions of a warning may say differently, as far as readers are told of it."""
MEASURES = {
    "notified": Text("通知", "notified"),
    "rectified": Text("整改", "rectification"),
    "penalised": Text("处罚", "penalty"),
    "rechecked": Text("回头看", "look-back"),
    "removed": Text("下架", "removed from sale"),
    "reinspection": Text("复检", "re-inspection"),
    "objection": Text("真实性异议", "objection"),
}
OUTCOMES = {
    "done": "完成",
    "pending": "进行中",
    "failed": "未通过",
    "upheld": "维持原结论",
    "overturned": "推翻原结论",
    "disputed": "核实中",
    "disowned": "核实为非其生产",
}
RECALLS = {"ordered": Text("责令召回", "recall ordered"), "voluntary": Text("主动召回", "voluntary recall")}
RECALL_STATES = {"ongoing": "进行中", "completed": "已完成", "withdrawn": "已撤销"}
"""What was done since a failed sample, and the states of a recall."""
STATUSES = {
    "no_data": Text("本期没有已出结论的抽查", "nothing concluded"),
    "withheld_few_inspections": Text("检查不足 10 次，只列数量，不计算比率", "fewer than 10 inspections: withheld"),
    "withheld_small_n": Text("样本量不足 30，只列数量，不计算比率", "fewer than 30 samples: counts only"),
    "withheld_wide": Text("区间过宽，说明不了问题，不公布比率", "the interval is too wide to say anything: withheld"),
    "boundary": Text("比率到了尽头，须连同区间看", "at 0 % or 100 %: read it with its interval"),
    "unreliable": Text("区间较宽，仅供参考", "wide interval: an indication only"),
    "ok": Text("可用", "usable"),
}
REVISIONS = {"revised": Text("有更新", "revised"), "corrected": Text("已更正", "corrected")}
STANDARD_SEARCH = "https://std.samr.gov.cn/search/std?q="
"""Where a reader finds the text of a standard: the search of the national platform for standards."""
