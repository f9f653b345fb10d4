"""Commands that start something: the API, the whole system, the simulator."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import click
from tqdm import tqdm

from pipelines.cli.home import existing_folder, home
from pipelines.cli.printing import json_option, print_json, say
from warehouse.contract import feeds
from warehouse.errors import InfrastructureError

__all__ = ["serve", "simulate", "up"]


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port on loopback.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def serve(port: int, host: str) -> None:
    """网页与接口 Serve the page and the API, read-only on the current release."""
    existing_folder()
    _check_port(host, port)
    arguments = ["-m", "uvicorn", "api.app:create_app", "--factory", "--host", host, "--port", str(port)]
    os.execv(sys.executable, [sys.executable, *arguments, "--no-server-header"])  # noqa: S606 - fixed arguments


def _check_port(host: str, port: int) -> None:
    """Raises InfrastructureError where nothing can listen there, before a server says so in its own words."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise InfrastructureError(
            f"{host} 的端口 {port} 不可用（{error.strerror}）：请用 --port 换一个，或结束占用它的程序。 Port {port} of "
            f"{host} cannot be used ({error.strerror}): choose another with --port, or end what holds it."
        ) from error


@click.command()
@click.option("--airflow-port", envvar="CHOUCHA_AIRFLOW_PORT", default=8080, show_default=True, help="Airflow's UI.")
@click.option("--api-port", envvar="CHOUCHA_API_PORT", default=8000, show_default=True, help="Page and API.")
@click.option("--simulate/--no-simulate", default=True, show_default=True, help="Drop first files at the first start.")
def up(airflow_port: int, api_port: int, simulate: bool) -> None:
    """启动 Start Airflow, the API and an embedded PostgreSQL, on loopback; Ctrl-C ends them all."""
    from pipelines.up import up as start  # noqa: PLC0415

    code = start(home(), airflow_port=airflow_port, api_port=api_port, simulate=simulate)
    raise click.exceptions.Exit(code)


@click.command("simulate")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--province", default="510000", show_default=True, help="Province, GB/T 2260.")
@click.option("--start", default="2026Q1", show_default=True, help="First quarter.")
@click.option("--quarters", default=2, show_default=True, type=click.IntRange(1, 80), help="Number of quarters.")
@click.option("--samples", default=3000, show_default=True, type=click.IntRange(min=1), help="Samples in all.")
@click.option("--seed", default=1, show_default=True, help="The same seed writes the same files.")
@click.option("--quirks", default=0.2, show_default=True, type=click.FloatRange(0, 1), help="Share that is ugly.")
@click.option("--feed", "chosen", multiple=True, type=click.Choice(feeds()), help="Feeds (default: all).")
@json_option
def simulate(  # noqa: PLR0917 - one parameter an option
    folder: Path,
    province: str,
    start: str,
    quarters: int,
    samples: int,
    seed: int,
    quirks: float,
    chosen: tuple[str, ...],
    as_json: bool,
) -> None:
    """模拟 Write realistic feed files into FOLDER/<feed>/, and FOLDER/truth.json: what every cell must come to."""
    from pipelines.simulate import simulate as write_files  # noqa: PLC0415

    with tqdm(unit="file", disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, whole: int) -> None:
            bar.total = whole
            bar.update(done - bar.n)

        made = write_files(
            folder,
            province=province,
            start=start,
            quarters=quarters,
            samples=samples,
            seed=seed,
            quirks=quirks,
            feeds=chosen or feeds(),
            progress=progress,
        )
    if as_json:
        print_json({"folder": str(folder), "files": [str(path) for path in made.files], "truth": str(made.truth)})
    else:
        say(f"{len(made.files)} 个文件 files in {folder}; truth: {made.truth}")
