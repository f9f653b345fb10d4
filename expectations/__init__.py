"""The rules: one Great Expectations suite per feed, what they share, and the DuckDB binding."""

import logging

# It tells at INFO, for each rule of each file, how it looks for defaults and columns; before anything imports it.
logging.getLogger("great_expectations").setLevel(logging.WARNING)
