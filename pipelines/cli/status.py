"""The one screen of `choucha status`."""

from __future__ import annotations

from datetime import datetime

from pipelines.cli.printing import say
from pipelines.status import Status

__all__ = ["print_status"]

_LISTING = "choucha quarantine list --summary"


def print_status(found: Status) -> None:
    """What it says, in both languages; what needs somebody comes last, where the eye rests."""
    is_waiting = found.n_rows_waiting + found.n_files_rejected > 0
    since = f"（自 since {_minute(found.waiting_since)}）" if found.waiting_since else ""
    outcomes = ", ".join(f"{name} {n}" for name, n in sorted(found.files_by_outcome.items())) or "-"
    lines = {
        "家目录 home": found.home,
        "等待 waiting": f"收件区 landing {found.n_in_landing} · 已归档未处理 archived, not answered {found.n_pending}"
        f" · 未能归档 stuck {found.n_stuck_claims} · 放错位置 misplaced {found.n_misplaced}"
        f" · 未取 left alone {found.n_left_alone}{since}",
        "收件 files": f"{found.n_receipts}: {outcomes}",
        "现行发布 serving": _serving(found),
        "其中 in it": f"隔离 quarantined rows {found.n_quarantined} · 待齐公告 held samples {found.n_held}",
        "待更正 refused, waiting": f"隔离行 rows {found.n_rows_waiting} · "
        f"退回文件 rejected files {found.n_files_rejected}" + (f"；{_LISTING}" if is_waiting else ""),
        "未发布 unpublished": f"{found.n_unpublished} 批 batches",
        "磁盘 disk": " · ".join(f"{name} {_bytes(n)}" for name, n in found.bytes_used.items())
        + f" · 可用 free {_bytes(found.bytes_free)}",
    }
    for title, text in lines.items():
        say(f"{title}: {text}")
    for each in found.attention:
        say(f"! {each.zh}\n  {each.en}")
    if not found.attention:
        say(
            f"运行正常 it runs well；报送待更正 what senders have to mend: {_LISTING}"
            if is_waiting
            else "一切正常 all well"
        )


def _serving(found: Status) -> str:
    if found.release_id is None:
        return "尚无 none yet; choucha publish"
    data = f" · 数据截至 data as of {_minute(found.data_as_of)}" if found.data_as_of else ""
    return f"{found.release_id} · 自 since {_minute(found.serves_since)}{data}"


def _minute(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def _bytes(number: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
