"""Imports paid once by the process that forks the tasks, instead of by each task.

Imports only: a parent that had used these libraries breaks its children. Nothing of the project, which would go stale.
"""

import sys
from importlib import import_module

__all__: tuple[str, ...] = ()

if sys.argv[1:2] == ["scheduler"] or sys.argv[1:3] == ["celery", "worker"]:
    for _name in ("great_expectations", "duckdb", "pyarrow", "deltalake"):
        import_module(_name)
