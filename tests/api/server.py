"""The application under a real uvicorn, as the tests meet it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from api.app import create_app
from warehouse.settings import Settings

__all__ = ["serve", "serve_apart"]

PROJECT = Path(__file__).parents[2]


@contextmanager
def serve(settings: Settings) -> Iterator[str]:
    """Starts the server on a loopback port of its own; gives its address and stops it at the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()


@contextmanager
def serve_apart(settings: Settings) -> Iterator[str]:
    """The server as a process of its own, started as `choucha serve` does, so that clients take none of its time."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    command = [sys.executable, "-W", "error", "-m", "uvicorn", "api.app:create_app", "--factory"]
    process = subprocess.Popen(
        [*command, "--fd", str(listener.fileno()), "--log-level", "warning"],
        cwd=PROJECT,
        env=os.environ | {"CHOUCHA_HOME": str(settings.home), "CHOUCHA_DUCKDB_MEMORY": settings.duckdb_memory},
        pass_fds=[listener.fileno()],
    )
    try:
        httpx.get(f"{address}/v1/health", timeout=60)
        yield address
    finally:
        process.terminate()
        process.wait(30)
        listener.close()
