"""What kinds of sampling may be used for, whoever uses them; their names are the contracts' vocabulary.

Lists of what is allowed: a further kind is neither published nor ranked until somebody decides so.
"""

from __future__ import annotations

__all__ = ["PUBLISHED_TYPES", "RANKED_TYPES", "TYPES_OF_FAILURES"]

RANKED_TYPES = ("evaluation", "routine_monitoring", "inspection")
"""Sampling that estimates the state of an area, so that areas may be compared (with their uncertainty)."""

PUBLISHED_TYPES = ("supervision", *RANKED_TYPES)
"""Sampling that the public artefact holds."""

TYPES_OF_FAILURES = ("supervision", "risk_monitoring")
"""Sampling that goes where problems are likely, spoken of by the failures that it finds."""
