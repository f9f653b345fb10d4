"""The bulletin of a quarter as DOCX: `make` puts it together, `template` is its form, `charts` its pictures."""
