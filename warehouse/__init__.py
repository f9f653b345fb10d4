"""The ground floor: settings, contracts, reference data, the lake, and releases."""
