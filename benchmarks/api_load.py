"""A hot page of /v1/results against a bare Starlette route that sends the same bytes, each on the same uvicorn.

Both servers are processes of their own and take turns; the driver keeps some connections busy and speaks just enough
HTTP. Latencies are taken at four fifths of the rate that a server was found to hold.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measuring import median, table
from pipelines.process import process
from pipelines.publish import publish
from pipelines.receive import receive_file
from pipelines.simulate import simulate_batch
from warehouse.settings import Settings

__all__ = ["bare_app", "hot_page", "served"]

_PATH = "/v1/results?feed=food&sampling_type=evaluation&quarter=2026Q1&by=prefecture"
_N_CONNECTIONS = 16
_SHARE_OF_RATE = 0.8
_PROJECT = Path(__file__).parents[1]
_BODY = "CHOUCHA_BENCHMARK_BODY"


def hot_page(seconds: float, repeats: int) -> str:
    """Requests a second, processor time of a request, and latency, of both servers."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(home=Path(name) / "home")
        source = simulate_batch(Path(name) / "simulated", samples=20_000).files[0]
        process(settings, receive_file(settings, "food", source))
        publish(settings)
        body = Path(name) / "body.json"
        given = os.environ | {"CHOUCHA_HOME": str(settings.home), _BODY: str(body)}
        with served("api.app:create_app", given) as ours:
            with urllib.request.urlopen(f"http://127.0.0.1:{ours.port}{_PATH}") as answer:  # not gzipped
                body.write_bytes(answer.read())
            with served("benchmarks.api_load:bare_app", given) as bare:
                return _compare({"bare Starlette route": bare, "/v1/results, hot": ours}, body, seconds, repeats)


def bare_app() -> object:
    """One route that sends the same bytes, without anything round it."""
    from starlette.applications import Starlette  # noqa: PLC0415 - in the server's own process
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import Response  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    body = Path(os.environ[_BODY]).read_bytes()

    async def page(_: Request) -> Response:
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/v1/results", page)])


@dataclass(frozen=True)
class _Server:
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class _Load:
    """What one load met: seconds of each request in order of their answers."""

    seconds: float
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def quantile_ms(self, share: float) -> float:
        return 1000 * sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


def _compare(servers: dict[str, _Server], body: Path, seconds: float, repeats: int) -> str:
    rates: dict[str, list[float]] = {name: [] for name in servers}
    costs: dict[str, list[float]] = {name: [] for name in servers}
    held: dict[str, list[_Load]] = {name: [] for name in servers}
    for k in range(1 + repeats):  # the first round warms up
        for name, server in servers.items():
            before = server.cpu_seconds()
            load = asyncio.run(_drive(server.port, seconds, None))
            if k:
                rates[name].append(load.rate)
                costs[name].append((server.cpu_seconds() - before) / len(load.latencies))
                held[name].append(asyncio.run(_drive(server.port, seconds, _SHARE_OF_RATE * load.rate)))
    unit, unit_cost = median(rates["bare Starlette route"]), median(costs["bare Starlette route"])
    rows = []
    for name in servers:
        rate, cost = median(rates[name]), median(costs[name])
        p50, p99 = (median(load.quantile_ms(share) for load in held[name]) for share in (0.5, 0.99))
        cells = (f"{rate:,.0f}", f"{rate / unit:.0%}", f"{1e6 * cost:.0f}", f"{unit_cost / cost:.0%}")
        rows.append((name, *cells, f"{p50:.1f}", f"{p99:.1f}"))
    header = ("server", "requests/s", "of bare", "cpu µs a request", "of bare by cpu", "p50 ms", "p99 ms")
    return table(f"Hot page of {body.stat().st_size:,} bytes, latencies at 80 % load, {repeats} rounds", header, rows)


async def _drive(port: int, seconds: float, rate: float | None) -> _Load:
    """Ask over some connections, each as soon as it is answered; with a rate, each at its own due time."""
    load = _Load(seconds)
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_ask(port, load, end, rate, k) for k in range(_N_CONNECTIONS)))
    return load


async def _ask(port: int, load: _Load, end: float, rate: float | None, number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    request = f"GET {_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n\r\n".encode()
    step = _N_CONNECTIONS / rate if rate else 0.0
    due = time.perf_counter() + step * number / _N_CONNECTIONS
    while (now := time.perf_counter()) < end:
        if rate and now < due:
            await asyncio.sleep(due - now)
        asked = due if rate else now  # a late answer also delays those behind it, and that counts
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        load.latencies.append(time.perf_counter() - asked)
        due += step
    writer.close()
    await writer.wait_closed()


@contextmanager
def served(app: str, environment: dict[str, str]) -> Iterator[_Server]:
    """The server as `choucha serve` starts it, on a free port of loopback, without a log of each request.

    By port and not by an inherited socket: asyncio sends small packets at once only on what it knows to be TCP.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", app, "--factory", "--port", str(port), "--no-server-header"]
    server = subprocess.Popen([*command, "--no-access-log", "--log-level", "warning"], cwd=_PROJECT, env=environment)
    try:
        _wait_for(port, server)
        yield _Server(port, server.pid)
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server ended with {server.returncode}")
