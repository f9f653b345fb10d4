"""What a sender gets back: where the receipt will be, the receipt itself, and rows in quarantine."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.models import Shape

__all__ = ["QuarantineRow", "ReceiptDocument", "ReceiptProblem", "UploadTaken", "UploadWaiting"]


class UploadTaken(Shape):
    """A file that lies in landing."""

    upload_id: str = Field(description="Its id. 报送编号")
    receipt: str = Field(description="Where its receipt will be, as in Location. 回执地址")
    feed: str = Field(description="Feed. 报送来源")
    file_name: str = Field(description="Name under which it lies in landing. 文件名")
    size: int = Field(description="Bytes. 字节数")
    sha256: str = Field(description="SHA-256 of the bytes, to compare. 校验值")


class UploadWaiting(Shape):
    """A file that has no receipt yet."""

    upload_id: str = Field(description="Its id. 报送编号")
    state: str = Field(description="waiting. 状态")
    message_zh: str = Field(description="What to do. 说明")
    message_en: str = Field(description="The same in English.")


class ReceiptProblem(Shape):
    rule: str = Field(description="Rule. 规则")
    message_zh: str = Field(description="What is wrong and what to do. 说明")
    message_en: str = Field(description="The same in English.")
    sheet: str | None = Field(description="Sheet. 工作表")
    row: int | None = Field(description="Row of the sheet. 行号")
    column: str | None = Field(description="Column as the sender writes it. 列")
    found: str | None = Field(description="What stands there. 原文")


class ReceiptDocument(Shape):
    """rows_read = rows_accepted + rows_quarantined + rows_continuation + rows_duplicate."""

    batch_id: str = Field(description="Batch: what was read. 批次编号")
    parent_batch_id: str | None = Field(description="The ZIP that it came in. 所属 ZIP")
    feed: str = Field(description="Feed. 报送来源")
    file_name: str = Field(description="Name of the file. 文件名")
    sha256: str = Field(description="SHA-256 of the bytes. 校验值")
    outcome: str = Field(description="accepted, accepted_with_quarantine, rejected or duplicate. 结果")
    rows_read: int = Field(description="Rows read. 读入行数")
    rows_accepted: int = Field(description="Of these accepted. 接受")
    rows_quarantined: int = Field(description="Of these in quarantine. 隔离")
    rows_continuation: int = Field(description="Further rows of a sample. 续行")
    rows_duplicate: int = Field(description="Known already. 重复")
    n_samples: int = Field(description="Samples. 批次数")
    problems: list[ReceiptProblem] = Field(description="What the sender can act on. 问题")
    received_at: datetime = Field(description="When it was taken in. 收件时间")
    contract_version: str = Field(description="Contract that it was read by. 合同版本")
    members: list[ReceiptDocument] = Field(
        default_factory=list,
        description="Of a ZIP: the receipts of its files that are there so far. ZIP 内各文件的回执",
    )


class QuarantineRow(Shape):
    feed: str = Field(description="Feed. 报送来源")
    batch_id: str = Field(description="Batch. 批次编号")
    file_name: str = Field(description="Name of the file. 文件名")
    sender: str | None = Field(description="Who sent it, as its side-car says, else the name of its key. 报送人")
    sheet: str | None = Field(description="Sheet. 工作表")
    row: int | None = Field(description="Row of the sheet. 行号")
    rule: str = Field(description="Rule that decided. 规则")
    column: str | None = Field(description="Column as the sender writes it. 列")
    found: str | None = Field(description="What stands there. 原文")
    message_zh: str = Field(description="What is wrong and what to do. 说明")
    message_en: str = Field(description="The same in English.")
    raw: str | None = Field(description="The row as it was read: JSON, header to cell. 原始行")
    received_at: datetime | None = Field(description="When the file was taken in. 收件时间")
    state: str = Field(description="waiting, or left: since accepted, or of a reading that no longer counts. 状态")
