"""Recalls of defective consumer goods: a file in landing/recalls/ becomes rows of the lake, or goes back."""

from __future__ import annotations

from pathlib import Path

from pipelines.forms import Kept, take_form
from pipelines.normalise.recall_rows import RECALLS, recall_rows
from warehouse.archive import Envelope
from warehouse.receipts import Receipt
from warehouse.settings import Settings

__all__ = ["RECALLS", "take_recalls"]

_KEPT = Kept(
    form=RECALLS,
    table="recalls",
    columns={
        "recall_no": "recall_no",
        "announced_on": "announced_day",
        "kind": "kind_code",
        "announced_by": "announced_by",
        "producer_name": "producer",
        "product_name": "product",
        "brand": "brand",
        "spec": "spec",
        "batch": "batch",
        "produced_from": "produced_from_day",
        "produced_to": "produced_to_day",
        "n_units": "n_units",
        "defect": "defect",
        "hazard": "hazard",
        "remedy": "remedy",
        "source_url": "source_url",
        "sample_no": "sample_no",
        "warning_id": "warning_id",
        "status": "status_code",
        "corrected_on": "corrected_day",
    },
)


def take_recalls(settings: Settings, envelope: Envelope, folder: Path) -> Receipt:
    """The receipt of a file of recalls; as `take_form`."""
    return take_form(settings, envelope, folder, _KEPT, lambda document: recall_rows(document, envelope))
