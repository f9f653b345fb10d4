"""The public face: JSON, CSV and pages, read-only on the current release."""
