"""Warnings for machines: Atom with tombstones, JSON Feed and CAP, from the same rows as /v1/warnings."""
