"""Wiring only: assets, the doorbell and the DAGs."""
