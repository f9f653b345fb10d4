"""kill -9 at every point that stands between two durable writes: the next run ends where an undisturbed one would."""

from __future__ import annotations

import ast
import io
import json
import signal
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from pipelines.dispositions import complete_notice
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim, receive_file
from tests.faults.recording import POINT, recorded
from tests.faults.stages import AS_OF, Ended, State, ended, food, home_at, run, served
from warehouse.archive import new_envelope_id, write_atomically
from warehouse.landing import SIDECAR_SUFFIX, drop
from warehouse.uploads import receiving

pytestmark = pytest.mark.timeout(1800)
PROJECT = Path(__file__).parents[2]


def points() -> Iterator[str]:
    """Every point that stands in the code."""
    for folder in ("pipelines", "warehouse"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
                    assert isinstance(node.args[0], ast.Constant), f"{path}: a point's name is written out"
                    yield str(node.args[0].value)


POINTS = tuple(points())


# What its sender may be told once more when the run is killed there; it changes no figure.
TOLD_TWICE = {
    point: Counter({"duplicate": 1}) for point in ("receive.late_enveloped", "receive.went_back", "landing.named")
}
# Which home a point is passed in, on the way to its next release.
HOMES = {
    "news": {
        "receive.noted", "receive.sidecar_taken", "receive.taken", "receive.stored", "receive.enveloped",
        "receive.content_cleared", "receive.sidecar_cleared", "receive.cleared", "commit.dispositions",
        *(point for point in POINTS if point.startswith("publish.")),
    },
    "late": {"receive.given_back", "receive.late_enveloped"},
    "fresh": {"lake.created", "lake.copied", "commit.samples", "commit.quarantine", "commit.form", "commit.receipt"},
    "packed": {"unpack.stored", "unpack.enveloped", "unpack.receipt"},
    "written": {"receive.went_back"},
    "named": {"receive.copied"},
    "sent": {"landing.sidecar_named", "landing.named"},
}  # fmt: skip


@dataclass(frozen=True)
class Home:
    """A home before the run that is to be killed, and what an undisturbed one comes to, with its trace."""

    folder: Path
    serving: str | None
    undisturbed: State
    trace: tuple[str, ...]


def taken_in(home: Path, name: str, first: str, sidecar: bytes) -> None:
    settings = home_at(home)
    drop(settings, "food", name, food(first), sidecar=sidecar)
    process_chunk(settings, claim(settings))


def base(home: Path) -> None:
    """A release that serves, of a whole notice and of half of one."""
    taken_in(home, "a.csv", "DC2651", b'{"notice_no": "N1"}')
    taken_in(home, "half.csv", "DC2652", b'{"notice_no": "N2", "verdicts": "split"}')
    publish(home_at(home), AS_OF)


def news(home: Path) -> None:
    """Since then: a file that was committed, and in landing the decision that the half is all of its notice."""
    taken_in(home, "b.csv", "DC2653", b'{"notice_no": "N3"}')
    decision = complete_notice(home_at(home), "food", "N2", decided_by="office", reason=None)
    decision.with_name(f"{decision.name}{SIDECAR_SUFFIX}").write_bytes(b"{}")


def late(home: Path) -> None:
    """Since then: a side-car of an archived file, whose claim was killed before its file could be looked for."""
    settings = home_at(home)
    claimed = settings.work / "claims" / new_envelope_id(AS_OF)
    note = {"feed": "food", "file_name": "a.csv", "received_at": AS_OF.isoformat()}
    write_atomically(claimed / "claim.json", json.dumps(note).encode())
    write_atomically(claimed / "sidecar", b'{"notice_no": "N9"}')


def fresh(home: Path) -> None:
    """Nothing but two files in landing, one of samples and one of a yearly figure."""
    drop(home_at(home), "food", "a.csv", food("DC2651"), sidecar=b'{"notice_no": "N1"}')
    figure = "指标,年度,数值,来源,发布日期\n制造业质量竞争力指数,2023,86.5,公告,2024-03-15\n"
    drop(home_at(home), "figures", "2023.csv", figure.encode())


def written(home: Path) -> None:
    """Nothing but a claim, whose file its sender goes on writing while the run is killed."""
    claimed = home_at(home).work / "claims" / new_envelope_id(AS_OF)
    note = {"feed": "food", "file_name": "a.csv", "received_at": AS_OF.isoformat()}
    write_atomically(claimed / "claim.json", json.dumps(note).encode())
    write_atomically(claimed / "content", food("DC2651"))
    (home_at(home).landing / "food").mkdir(parents=True)


def named(home: Path) -> None:
    """Nothing but a file elsewhere, with its side-car."""
    home.mkdir()
    (home / "a.csv").write_bytes(food("DC2651"))
    (home / f"a.csv{SIDECAR_SUFFIX}").write_bytes(b'{"notice_no": "N1"}')


def ingest(home: Path) -> State:
    """As `choucha ingest` does it, then what `run` does."""
    receive_file(home_at(home), "food", home / "a.csv")
    return run(home)


def sent(home: Path) -> None:
    """Nothing yet: its sender, who got no answer, sends the file again."""
    home.mkdir()


def send(home: Path) -> State:
    """As the API does it, then what `run` does."""
    settings = home_at(home)
    process_chunk(settings, claim(settings))
    with receiving(settings, "food") as upload:
        upload.write(food("DC2651"))
        upload.land("a.csv", key="某局", declared={"notice_no": "N1"})
    return run(home)


def packed(home: Path) -> None:
    """Nothing but a ZIP of two files, one of which nobody can read."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.csv", food("DC2651"))
        archive.writestr("b.csv", b"")
    drop(home_at(home), "food", "a.zip", content.getvalue())


PREPARED = {
    "news": news, "late": late, "fresh": fresh, "packed": packed, "written": written, "named": named, "sent": sent,
}  # fmt: skip
RUNS = {"named": ingest, "sent": send}


def run_of(name: str) -> Callable[[Path], State]:
    return RUNS.get(name, run)


@contextmanager
def still_written(home: Path) -> Iterator[None]:
    (content,) = (home_at(home).work / "claims").glob("*/content")
    with content.open("ab"):
        yield


def prepared(name: str, folder: Path) -> Home:
    home, other = folder / name, folder / f"undisturbed-{name}"
    if name in ("news", "late"):
        copytree(folder / "base", home)
    assert ended(PREPARED[name], home).exitcode == 0
    copytree(home, other)
    undisturbed, trace = ended(recorded, other, run_of(name)).result
    assert (undisturbed.wrong, undisturbed.left) == ((), ())
    return Home(home, served(home_at(home)), undisturbed, tuple(trace))


def killed_and_finished(point: str, homes: dict[str, Home], home: Path) -> None:
    (name,) = (name for name, points in HOMES.items() if point in points)
    before = homes[name]
    copytree(before.folder, home)
    with still_written(home) if name == "written" else nullcontext():
        killed = ended(run_of(name), home, CHOUCHA_FAILPOINT=point)
    assert killed == Ended(-signal.SIGKILL, None), "the point was not passed"
    serving = served(home_at(home))
    assert (serving is None) == (before.serving is None)
    finished: State = ended(send if name == "sent" else run, home).result
    assert finished == replace(before.undisturbed, outcomes=finished.outcomes)
    assert finished.outcomes - before.undisturbed.outcomes == TOLD_TWICE.get(point, Counter())
    rmtree(home)


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory, threads: ThreadPoolExecutor) -> dict[str, Home]:
    folder = tmp_path_factory.mktemp("homes")
    assert ended(base, folder / "base").exitcode == 0
    return dict(zip(HOMES, threads.map(prepared, HOMES, repeat(folder)), strict=True))


@pytest.fixture(scope="module")
def endings(
    homes: dict[str, Home], threads: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Future[None]]:
    """Each point's run and the one after it, two points at a time."""
    folder = tmp_path_factory.mktemp("killed")
    return {point: threads.submit(killed_and_finished, point, homes, folder / point) for point in POINTS}


def test_every_point_in_the_code_is_one_at_which_a_run_is_killed() -> None:
    killed_at = [point for points in HOMES.values() for point in points]
    assert len(POINTS) == len(set(POINTS)) > 25
    assert sorted(killed_at) == sorted(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_at_any_point_is_finished_by_the_next(point: str, endings: dict[str, Future[None]]) -> None:
    endings[point].result()


def test_between_any_two_things_that_a_run_makes_durable_stands_a_point(homes: dict[str, Home]) -> None:
    for name, home in homes.items():
        unguarded = [
            (before, after)
            for before, after in pairwise(home.trace)
            if not before.startswith(POINT) and not after.startswith(POINT)
        ]
        assert unguarded == [], name
    written = [entry.split("/")[0] for home in homes.values() for entry in home.trace if not entry.startswith(POINT)]
    assert {"lake", "os.rename work", "os.rename archive", "os.rename releases", "open releases"} <= set(written)
    passed = {entry.removeprefix(POINT) for home in homes.values() for entry in home.trace if entry.startswith(POINT)}
    assert passed <= set(POINTS)
    assert len(passed) > 25
