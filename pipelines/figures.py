"""Yearly figures of indicators that are not sampled: a file in landing/figures/ becomes rows of the lake, or goes
back."""

from __future__ import annotations

from pathlib import Path

from pipelines.forms import Kept, take_form
from pipelines.normalise.figure_rows import FIGURES, figure_rows
from warehouse.archive import Envelope
from warehouse.receipts import Receipt
from warehouse.settings import Settings

__all__ = ["FIGURES", "take_figures"]

_KEPT = Kept(
    form=FIGURES,
    table="figures",
    columns={
        "indicator_code": "indicator_code",
        "province_code": "province_code",
        "year": "year_no",
        "value": "value_number",
        "source": "source",
        "published_on": "published_day",
        "corrected_on": "corrected_day",
    },
    assumed="province_code",  # of the only province installed, where a row names none
)


def take_figures(settings: Settings, envelope: Envelope, folder: Path) -> Receipt:
    """The receipt of a file of yearly figures; as `take_form`."""
    return take_form(
        settings, envelope, folder, _KEPT, lambda document: figure_rows(document, envelope, settings.provinces)
    )
