"""Going over to a rebuilt home, word by word as the manual has it, issues nothing anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import receive_file
from pipelines.simulate import simulate
from pipelines.upkeep import rebuild
from tests.warehouse.reading import rows
from warehouse import lake
from warehouse.connect import connect
from warehouse.keys import add_key, list_keys
from warehouse.landing import SIDECAR_SUFFIX, complete_files, drop
from warehouse.release import current_release_id, list_releases
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
TOLD = "SELECT warning_id, version, state, issued_on FROM mart_warnings ORDER BY ALL"
CHOUCHA = f'choucha() {{ "{sys.executable}" -c "import pipelines.cli as c; c.main()" "$@"; }}\n'


def steps() -> str:
    manual = (PROJECT / "docs/how-to/operate.md").read_text(encoding="utf-8")
    section = manual.partition("## Going over to a rebuilt home")[2].partition("\n## ")[0]
    return "".join(re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL))


def events(settings: Settings) -> list[tuple[object, ...]]:
    """What the lake knows of what the public was told, and when."""
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "warning_events")
        query = f"SELECT warning_id, version, release_id, epoch_us(happened_at) FROM {view} ORDER BY ALL"
        return connection.execute(query).fetchall()


def test_the_steps_of_the_manual_keep_releases_dates_keys_and_landing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "old", settle_seconds=0, read_memory_mb=4096)
    simulated = simulate(tmp_path / "set", start="2026Q1", quarters=1, samples=60, seed=5, quirks=0.0)
    for path in (path for path in simulated.files if not path.name.endswith(SIDECAR_SUFFIX)):
        process_chunk(settings, [receive_file(settings, path.parent.name, path)])
    assert publish(settings) and publish(settings, issue_archived=True)
    add_key(settings, "office", ["office:read"], now=datetime.now(UTC), created_by="ops")
    drop(settings, "food", "waits.csv", b"x")
    told, known, released = rows(settings, TOLD), events(settings), list_releases(settings)
    assert told and known
    new = Settings(home=tmp_path / "new", settle_seconds=0, read_memory_mb=4096)
    shutil.rmtree(settings.lake)  # why it is rebuilt
    rebuild(settings, new.home)
    environment = {**os.environ, "OLD": str(settings.home), "NEW": str(new.home), "CHOUCHA_READ_MEMORY_MB": "4096"}
    done = subprocess.run(
        ["sh", "-eu", "-c", CHOUCHA + steps()],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (rows(new, TOLD), events(new)) == (told, known)
    assert set(released) <= set(list_releases(new)) and current_release_id(new) == list_releases(new)[-1]
    assert [key.name for key in list_keys(new)] == ["office"]
    assert [file.path.name for file in complete_files(new)] == ["waits.csv"]
