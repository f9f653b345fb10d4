"""The template of the bulletin, made by code so that anybody can read what it holds; the office may edit the file.

`python -m pipelines.bulletin.template` writes template.docx anew, the same bytes each time.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

__all__ = ["TEMPLATE", "template_bytes"]

TEMPLATE = Path(__file__).parent / "template.docx"
_BODY, _HEADING = "仿宋", "黑体"
_EPOCH = (2020, 1, 1, 0, 0, 0)


def template_bytes() -> bytes:
    """The template as a file, the same bytes each time."""
    document = docx.Document()
    _styles(document)
    _page(document)
    _head(document)
    _strata(document)
    _province(document)
    _annex(document)
    return _stable(document)


def _styles(document: Document) -> None:
    sizes = (("Normal", _BODY, 12), ("Title", _HEADING, 20), ("Heading 1", _HEADING, 15), ("Heading 2", _HEADING, 12.5))
    for name, font, size in sizes:
        style: Any = document.styles[name]
        style.font.name, style.font.size = font, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), font)
        if name == "Normal":
            style.paragraph_format.line_spacing = 1.35


def _page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin = section.bottom_margin = Cm(2.4)
    footer = section.footer.paragraphs[0]
    footer.text = "发布编号 {{ release_id }}  数据截至 {{ data_as_of }}  方法版本 {{ method }}  {{ status }}"
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.runs[0].font.size = Pt(9)


def _head(document: Document) -> None:
    document.add_paragraph("{{ title }}", style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph("{{ status }}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    _tag(document, "{%p if unfinished %}")
    document.add_paragraph("{{ unfinished }}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    _tag(document, "{%p endif %}")
    document.add_heading("一、总体情况", 1)
    _each(document, "sentence in opening", "{{ sentence }}")
    document.add_paragraph("各类抽检目的不同，分列如下，不相加。")
    heads = ("抽检类型", "抽查", "已出结论", "不合格（不符合）", "比率名称", "比率", "95%区间")
    cells = ("title", "sampled", "concluded", "failed", "rate_name", "rate", "interval")
    _table(document, heads, "row in overall", cells)


_FIGURES = ("sampled", "concluded", "failed", "rate", "interval")
_FIGURE_HEADS = ("抽查（{{ s.unit }}）", "已出结论", "不合格（不符合）", "{{ s.rate_name }}", "95%区间")


def _strata(document: Document) -> None:
    document.add_heading("二、分类情况", 1)
    _tag(document, "{%p for s in strata %}")
    document.add_heading("{{ s.title }}", 2)
    _tag(document, "{%p if s.note %}")
    document.add_paragraph("{{ s.note }}")
    _tag(document, "{%p endif %}")
    _caption(document, "分市州")
    _tag(document, "{%p if s.is_ranked %}")
    heads = ("市州", *_FIGURE_HEADS, "{{ s.rank_head }}")
    _table(document, heads, "row in s.prefectures", ("name", *_FIGURES, "rank"))
    _tag(document, "{%p else %}")
    _table(document, ("市州", *_FIGURE_HEADS), "row in s.prefectures", ("name", *_FIGURES))
    _tag(document, "{%p endif %}")
    _each(document, "chart in s.charts", "{{ chart }}")
    _caption(document, "分类别")
    _table(document, ("类别", *_FIGURE_HEADS), "row in s.categories", ("name", *_FIGURES))
    _failures_and_enterprises(document)
    _each(document, "sentence in s.sentences", "{{ sentence }}")
    _tag(document, "{%p endfor %}")


def _failures_and_enterprises(document: Document) -> None:
    _tag(document, "{%p if s.failed_items %}")
    _caption(document, "主要不合格项目（同一批次可计入多项）")
    heads: tuple[str, ...] = ("不合格项目", "危害类别", "不合格批次", "占不合格批次", "95%区间")
    _table(document, heads, "row in s.failed_items", ("name", "hazard", "n", "share", "interval"))
    _tag(document, "{%p endif %}")
    _tag(document, "{%p if s.enterprises %}")
    _caption(document, "分环节涉及企业（去重，不可相加）")
    heads = ("环节", "批次", "{{ s.maker }}", "其中有不合格", "{{ s.sampled_unit }}", "其中有不合格", "涉嫌假冒批次")
    cells = ("stage", "samples", "producers", "producers_failed", "units", "units_failed", "disputed")
    _table(document, heads, "row in s.enterprises", cells)
    _tag(document, "{%p endif %}")


def _province(document: Document) -> None:
    document.add_heading("三、需要关注的情况", 1)
    _each(document, "sentence in notable", "{{ sentence }}")
    document.add_heading("四、质量指标", 1)
    heads: tuple[str, ...] = ("指标", "期间", "数值", "95%区间", "目标", "结论")
    _table(document, heads, "row in indicators", ("name", "period", "value", "interval", "target", "verdict"))
    document.add_heading("五、数据质量", 1)
    heads = ("抽检类型", "未判定", "市州未能归属", "类别不详", "暂不计入", "迟报", "暂定不合格")
    cells = ("title", "undetermined", "place", "category", "held", "late", "provisional")
    _table(document, heads, "row in quality", cells)
    _each(document, "sentence in waiting", "{{ sentence }}")
    _tag(document, "{%p if steps %}")
    _caption(document, "时效（天；不足30批次不列）")
    heads = ("抽检类型", "步骤", "数量", "中位数", "第95百分位", "标准", "达标率")
    cells = ("title", "step", "samples", "p50", "p95", "standard", "share")
    _table(document, heads, "row in steps", cells)
    _tag(document, "{%p endif %}")


def _annex(document: Document) -> None:
    document.add_heading("附：统计方法说明", 1)
    _tag(document, "{%p for sentence in method_notes %}")
    document.add_paragraph("{{ loop.index }}. {{ sentence }}")
    _tag(document, "{%p endfor %}")


def _tag(document: Document, tag: str) -> None:
    document.add_paragraph(tag)


def _each(document: Document, loop: str, text: str) -> None:
    _tag(document, f"{{%p for {loop} %}}")
    document.add_paragraph(text)
    _tag(document, "{%p endfor %}")


def _caption(document: Document, text: str) -> None:
    document.add_paragraph().add_run(text).bold = True


def _table(document: Document, heads: Sequence[str], loop: str, cells: Sequence[str]) -> None:
    """A table with a row for each turn of the loop; its first row is told apart and repeated on each page."""
    table: Any = document.add_table(rows=4, cols=len(heads), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for position, head in enumerate(heads):
        _cell(table.cell(0, position), head, is_head=True)
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(_REPEATED))
    table.cell(1, 0).text = f"{{%tr for {loop} %}}"
    for position, name in enumerate(cells):
        _cell(table.cell(2, position), f"{{{{ row.{name} }}}}")
    table.cell(3, 0).text = "{%tr endfor %}"
    document.add_paragraph()


_REPEATED = '<w:tblHeader xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'


def _cell(cell: Any, text: str, *, is_head: bool = False) -> None:
    run = cell.paragraphs[0].add_run(text)
    run.font.size, run.bold = Pt(9), is_head
    cell.paragraphs[0].paragraph_format.line_spacing = 1.0


def _stable(document: Document) -> bytes:
    """The file with its parts in order and no times of its making."""
    made, sink = BytesIO(), BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as stable:
        for name in sorted(parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            stable.writestr(zipfile.ZipInfo(name, _EPOCH), parts.read(name), zipfile.ZIP_DEFLATED)
    return sink.getvalue()


if __name__ == "__main__":
    TEMPLATE.write_bytes(template_bytes())
