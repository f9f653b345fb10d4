"""What can keep a whole file from being understood, each with its sentence for the sender in both languages.

Rules about rows live in expectations/; these speak before there are rows.
"""

from __future__ import annotations

from types import MappingProxyType

from warehouse.receipts import Problem

__all__ = ["READING_PROBLEMS", "Unreadable", "reading_problem"]

READING_PROBLEMS = MappingProxyType(
    {
        "RD-001": ("文件是空的。请重新导出后再报送。", "The file is empty. Export it again and send it once more."),
        "RD-002": (
            "不支持这种文件格式（{found}）。请另存为 XLSX、CSV（UTF-8 或 GB18030）、JSON 或 JSON Lines 后报送；"
            "多个文件可打成 ZIP。",
            "This kind of file isn't read ({found}). Save it as XLSX, CSV (UTF-8 or GB18030), JSON or JSON Lines; "
            "several files may go into a ZIP.",
        ),
        "RD-003": (
            "文字编码无法识别。请用 UTF-8 或 GB18030 另存后报送。",
            "The text encoding isn't recognised. Save the file as UTF-8 or GB18030.",
        ),
        "RD-004": (
            "工作簿已损坏或不完整（{found}）。请在表格软件中打开检查，另存后报送。",
            "The workbook is damaged or incomplete ({found}). Open it in a spreadsheet program, save it, resend it.",
        ),
        "RD-005": (
            "工作簿设有密码。请取消密码后报送。",
            "The workbook has a password. Remove it and send the file again.",
        ),
        "RD-006": (
            "文件超出允许的大小（{found}）。请删除表格之外的空白单元格或拆分后报送。",
            "The file exceeds what is allowed ({found}). Remove stray cells outside the table, or split the file.",
        ),
        "RD-007": (
            "JSON 内容有误（{found}）。请报送由对象组成的数组，或每行一个对象。",
            "The JSON can't be read ({found}). Send a list of objects, or one object a line.",
        ),
        "RD-008": (
            "读取超过时限（{found}）。请拆分文件后报送。",
            "Reading took longer than allowed ({found}). Split the file and send the parts.",
        ),
        "RD-009": (
            "文件无法在限定的内存内读取，或使读取程序中断。请检查文件是否损坏、是否有远离表格的单元格，拆分后报送。",
            "The file can't be read within the memory allowed, or it broke the reader. Check it for damage and for "
            "cells far outside the table; split it if it is large.",
        ),
        "RD-010": (
            "文字中含有空字符（NUL），不是文本表格。请重新导出为 CSV 或 XLSX。",
            "The text holds NUL characters, so it is no table of text. Export it again as CSV or XLSX.",
        ),
        "RD-011": (
            "XML 中含有 DOCTYPE 声明，为安全起见不予读取。请在表格软件中另存为 XLSX。",
            "The XML holds a DOCTYPE declaration and isn't read, for safety. Save it as XLSX in a spreadsheet program.",
        ),
        "RD-012": (
            "引号未闭合或位置有误（{found}），无法分清其后的各行。请检查该处的双引号（单元格内的双引号须写两个），"
            "或另存为 XLSX 后报送。",
            "A quotation mark isn't closed, or stands in a wrong place ({found}); the rows after it can't be told "
            "apart. Check the quotes there (one inside a cell is written twice), or save the file as XLSX.",
        ),
        "RD-013": (
            "这是{found}，其中没有可以读取的表格。请报送生成它的原始工作簿（XLSX）或 CSV。",
            "This is {found}; no table can be read from it. Send the workbook (XLSX) or CSV that it was made from.",
        ),
        "RD-014": (
            "此工作表有隐藏的内容（{found}），已与可见内容一样读取。如不应报送，请取消隐藏后删除，再重新报送。",
            "This sheet has something hidden ({found}); it was read like what is visible. If it was not meant to be "
            "sent, unhide and delete it, and send the file again.",
        ),
        "ZP-000": (
            "压缩包已拆开：{found} 个文件各有回执（其 parent_batch_id 即本回执的 batch_id）。",
            "The ZIP was taken apart: {found} files, each with a receipt whose parent_batch_id is this batch_id.",
        ),
        "ZP-001": (
            "压缩包中没有数据文件。请确认打包的内容后重新报送。",
            "The ZIP holds no file of data. Check what was packed and send it again.",
        ),
        "ZP-002": (
            "压缩包已损坏或不完整（{found}）。请重新打包、确认能解开后报送。",
            "The ZIP is damaged or incomplete ({found}). Pack it again, check that it opens, and resend it.",
        ),
        "ZP-003": (
            "压缩包设有密码。请取消密码后重新打包报送。",
            "The ZIP has a password. Pack it without one and send it again.",
        ),
        "ZP-004": (
            "压缩包解开后超出允许的大小或文件数，或内容互相重叠（{found}），没有拆开。请分成几个压缩包，或直接报送文件。",
            "Taken apart, the ZIP exceeds what is allowed, or its files overlap ({found}); it was not taken apart. "
            "Split it into several, or send the files themselves.",
        ),
        "ZP-005": (
            "此文件无法从压缩包中取出（{found}）。请用普通 ZIP 方式重新打包，或直接报送该文件。",
            "This file can't be taken out of the ZIP ({found}). Pack it as an ordinary ZIP, or send it by itself.",
        ),
        "ZP-006": (
            "压缩包中的这一项不是文件（{found}）。请把所指的文件本身放入压缩包。",
            "This entry of the ZIP is no file ({found}). Put the file that it stands for into the ZIP.",
        ),
        "ZP-007": (
            "压缩包嵌套过深：压缩包中的压缩包里不能再有压缩包。请把其中的文件直接放入上一级压缩包。",
            "The ZIP is nested too deeply: a ZIP inside a ZIP may hold no further one. Move its files one level up.",
        ),
        "ZP-008": (
            "压缩包中的系统文件已略去：{found}。无须处理。",
            "Files of the operating system in the ZIP were left out: {found}. Nothing needs to be done.",
        ),
        "ZP-009": (
            "压缩包中的文件名含有路径，已去掉后接收：{found}。下次请不要打包绝对路径或“..”。",
            "Names in the ZIP that lead out of it were shortened: {found}. Pack without absolute paths and '..'.",
        ),
        "LD-001": (
            "“{found}”是符号链接，不读取它指向的内容。请把文件本身放入报送文件夹，并删去链接。",
            "“{found}” is a symbolic link, and what it points to isn't read. Put the file itself there.",
        ),
        "LD-002": (
            "“{found}”是文件夹，其中的文件不会接收。请把文件直接放入报送文件夹，或打成 ZIP 压缩包报送。",
            "“{found}” is a folder, whose files aren't taken. Put them into the feed's folder itself, or send a ZIP.",
        ),
        "LD-003": (
            "“{found}”不是文件（管道、套接字或设备），无法读取。请删去，并放入文件本身。",
            "“{found}” is no file (a pipe, socket or device) and isn't read. Remove it and put the file itself there.",
        ),
        "LD-004": (
            "没有权限读取“{found}”。请改为可读（chmod a+r）；改后会自动接收。",
            "“{found}” may not be read. Make it readable (chmod a+r); it is then taken by itself.",
        ),
        "HD-001": (
            "找不到能识别的表头。表头须含“{found}”等列名，位于数据上方。"
            "没有表头的表格，须在随附说明文件（.meta.json）的 columns 中按顺序列出各列，"
            '如 ["抽样编号", "产品名称", "-"]（不用的列写 "-"）。',
            "No header row is recognised. There must be one above the data, with columns such as “{found}”. For a "
            "table without header, list its columns in order in the side-car's (.meta.json) `columns`, such as "
            '["sample_no", "product_name", "-"] (- for a column that isn\'t used).',
        ),
        "HD-002": (
            "报送来源“{found}”没有对应的契约。请放入 market、food 或 construction 文件夹。",
            "There is no contract for the feed “{found}”. Use the folder market, food or construction.",
        ),
        "HD-003": (
            "随附说明文件（.meta.json）有误：{found}。请改正后与数据文件一并重新报送。",
            "The side-car (.meta.json) is wrong: {found}. Correct it and send it again with its file.",
        ),
        "HD-004": (
            "表中没有数据行。请确认导出的内容后重新报送。",
            "The table has no data rows. Check the export and send it again.",
        ),
        "HD-005": (
            "列名“{found}”含义不明（可能是几种列），该列未使用。请改用明确的列名，或在随附说明文件（.meta.json）的"
            ' columns 中写明，如 {{"{found}": "被抽样单位名称"}}。',
            "The header “{found}” may mean several columns, so that column isn't used. Name it clearly, or map it in "
            'the side-car\'s (.meta.json) `columns`, such as {{"{found}": "sampled_unit_name"}}.',
        ),
        "SC-001": (
            "收到随附说明，但没有名为“{found}”的数据文件。请报送该文件，或改正说明的文件名；说明仍保留，文件到后即采用。",
            "A side-car came, but no file named “{found}”. Send that file, or correct the side-car's name; it is kept "
            "and used once the file is there.",
        ),
        "HD-006": (
            "此表属于报送来源“{found}”，放错了文件夹。请改放到对应的文件夹重新报送。",
            "This table belongs to the feed “{found}” and lies in another's folder. Send it again in the right one.",
        ),
    }
)


class Unreadable(Exception):  # noqa: N818 - it names the file's state, and becomes a receipt, not a crash
    """The file as a whole can't be understood; carries the problem that its receipt will show."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.rule}: {problem.message_en}")
        self.problem = problem


def reading_problem(
    rule: str, *, found: str | None = None, sheet: str | None = None, row: int | None = None, column: str | None = None
) -> Problem:
    """The problem with its sentences filled in."""
    message_zh, message_en = READING_PROBLEMS[rule]
    shown = found or "—"
    return Problem(
        rule=rule,
        message_zh=message_zh.format(found=shown),
        message_en=message_en.format(found=shown),
        sheet=sheet,
        row=row,
        column=column,
        found=found,
    )
