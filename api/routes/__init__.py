"""One module per table of /v1; each turns a question into a statement and its parameters."""
