"""The command `choucha`: what the data engineer and the office type; every command says what it did.

Exit codes: 0 done (also with quarantined rows, which are printed), 1 infrastructure failure, 2 bad usage or rejected
input.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import traceback

import click

from pipelines.cli.explain import explain
from pipelines.cli.intake import check, ingest, run
from pipelines.cli.keys import keys
from pipelines.cli.office import bulletin, notices
from pipelines.cli.publication import publish
from pipelines.cli.quarantine import quarantine
from pipelines.cli.releases import releases
from pipelines.cli.review import review
from pipelines.cli.service import serve, simulate, up
from pipelines.cli.upkeep import maintain, rebuild, sql, status, verify
from warehouse.connect import DatabaseError
from warehouse.errors import ChouchaError
from warehouse.settings import SettingsError

__all__ = ["cli", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="choucha")
def cli() -> None:
    """抽查 choucha: sampling results in, checked, aggregated, published.

    Everything is written below CHOUCHA_HOME (default: var/).
    """


for command in (
    run, check, ingest, publish, serve, up, simulate, status, quarantine, releases, explain, maintain, verify, rebuild,
    sql, notices, bulletin, review, keys,
):  # fmt: skip
    cli.add_command(command)


# What an operator can put right; whatever had been received is worked off by the next run.
_MACHINE = {
    errno.EROFS: "文件系统只读，改为可写后再运行 the file system is read-only; make it writable, then run again",
    errno.ENOSPC: "磁盘已满，腾出空间后再运行 the disk is full; make room, then run again",
    errno.EDQUOT: "磁盘配额已用完，腾出空间后再运行 the disk quota is used up; make room, then run again",
    errno.EACCES: "没有权限 permission denied",
}


_INTERRUPTED = "已中断 interrupted; what was done stands, run it again for the rest"


def main() -> None:
    """Entry point: errors that we raise on purpose are sentences, never tracebacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that has no Chinese, a name that is no UTF-8
    code = _run()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    # Not sys.exit: duckdb-engine and Great Expectations in one process keep DuckDB's types alive beyond it, of which
    # DuckDB's binding complains in twenty lines that no operator can do anything about.
    os._exit(code)


def _run() -> int:
    try:
        # Outside its standalone mode click hands the code of an Exit back instead of raising it.
        return int(cli.main(standalone_mode=False) or 0)
    except click.Abort:
        click.echo(_INTERRUPTED, err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except (SettingsError, ChouchaError, DatabaseError, OSError) as error:
        click.echo(f"choucha: {_sentence(error)}", err=True)
        return 2 if isinstance(error, SettingsError) else getattr(error, "exit_code", 1)
    except Exception as error:  # noqa: BLE001 - a mistake of ours: said in a sentence, with where to look
        return _mistake(error)


def _mistake(error: Exception) -> int:
    if isinstance(error, RuntimeError) and "interrupted" in str(error).lower():  # Ctrl-C within a query of DuckDB's
        click.echo(_INTERRUPTED, err=True)
        return 130
    traceback.print_exception(error)
    click.echo(f"choucha: 程序错误，请报告以上内容 a mistake of ours, please report the above: {error}", err=True)
    return 1


def _sentence(error: Exception) -> str:
    said = str(error)
    if isinstance(error, OSError):
        said = text = f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
    else:
        text = said.splitlines()[0] if isinstance(error, DatabaseError) else said
    # DuckDB says what the machine said at the end, after what it was doing.
    told = [sentence for number, sentence in _MACHINE.items() if os.strerror(number) in said]
    return f"{told[0]} ({text})" if told else text
