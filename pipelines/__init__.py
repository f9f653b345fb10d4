"""The stages, named and ordered: receive, read, normalise, validate, commit, build, publish; and the CLI."""
