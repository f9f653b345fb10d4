"""What agencies did after failed samples: their tables in landing/dispositions/ become rows of the lake, or go back.

The office's own decisions lie in the same folder; see pipelines/dispositions.py.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.forms import Kept, take_form
from pipelines.normalise.measure_rows import DISPOSITIONS, is_form_of_measures, measure_rows
from warehouse.archive import Envelope, object_path
from warehouse.receipts import Receipt
from warehouse.settings import Settings

__all__ = ["DISPOSITIONS", "holds_measures", "take_measures"]

_HEAD_BYTES = 64 * 1024
_KEPT = Kept(
    form=DISPOSITIONS,
    table="measures",
    columns={
        "feed": "feed_code",
        "subject": "subject",
        "kind": "kind_code",
        "happened_on": "happened_day",
        "authority": "authority",
        "result": "result_code",
        "due_on": "due_day",
        "document_no": "document_no",
        "corrected_on": "corrected_day",
    },
)


def holds_measures(settings: Settings, envelope: Envelope) -> bool:
    """Whether what came is a table of measures, and no decision of the office."""
    with object_path(settings, envelope.sha256).open("rb") as file:
        return is_form_of_measures(envelope.file_name, file.read(_HEAD_BYTES))


def take_measures(settings: Settings, envelope: Envelope, folder: Path) -> Receipt:
    """The receipt of a table of measures; as `take_form`."""
    return take_form(settings, envelope, folder, _KEPT, lambda document: measure_rows(document, envelope))
