"""kill -9 at random while files arrive: nothing is lost or counted twice, and a release serves all the while.

CHOUCHA_KILLS says how often (100 by default, `make faults` asks for more); the moments are drawn from a seed.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from shutil import copytree

import pytest

from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim
from tests.faults.stages import AS_OF, State, csv_of, ended, food, home_at, result_of, run, served, started
from tests.integration.feed_files import CONSTRUCTION, MARKET
from warehouse.archive import envelope_ids
from warehouse.landing import drop
from warehouse.settings import Settings

KILLS = int(os.environ.get("CHOUCHA_KILLS", "100"))
SEED = 20260701
KILLS_PER_FILE = 12
# Most kills come early in a run, some so late that a whole file went through before.
SHORT, LONG = 0.3, 2.4
SHARE_OF_SHORT = 0.8


def given(home: Path) -> Settings:
    return replace(home_at(home), sidecar_wait_seconds=600.0)


def arriving() -> Iterator[tuple[str, str, bytes, bytes | None]]:
    """Feed, name, content and side-car of what is dropped: all feeds, half a notice, what can't be read, repeats."""
    yield "food", "a.csv", food("DC2652"), b'{"notice_no": "N2"}'
    yield "market", "m.csv", csv_of(MARKET), None
    yield "food", "a again.csv", food("DC2652"), b'{"notice_no": "N2"}'
    yield "construction", "c.csv", csv_of(CONSTRUCTION), None
    yield "food", "half.csv", food("DC2653"), b'{"notice_no": "N3", "verdicts": "split"}'
    yield "food", "broken.csv", b"", None
    for number in count(1):
        notice = f'{{"notice_no": "M{number}"}}'.encode()
        yield "food", f"{number}.csv", food(f"DC27{number:03d}"), notice


def taking_in(home: Path) -> None:
    while True:
        process_chunk(given(home), claim(given(home)))
        time.sleep(0.01)


def publishing(home: Path) -> None:
    while True:
        publish(given(home), AS_OF)
        time.sleep(0.01)


def following(home: Path) -> int:
    """Opens the release that serves, again and again, until it is told to end; how often."""
    for number in count(1):
        assert served(home_at(home)) is not None
        if (home / "end").exists():
            return number
    raise AssertionError


def first_release(home: Path) -> None:
    drop(home_at(home), "food", "first.csv", food("DC2651"), sidecar=b'{"notice_no": "N1"}')
    run(home)


def kill_at_random(home: Path, drop_one: Callable[[], object]) -> None:
    """So many times, one of the two loops that work on the home, each started again at once."""
    chance = random.Random(SEED)
    loops = (taking_in, publishing)
    running = [started(loop, home)[0] for loop in loops]
    try:
        for number in range(KILLS):
            if number % KILLS_PER_FILE == 0:
                drop_one()
            time.sleep(chance.uniform(0, SHORT if chance.random() < SHARE_OF_SHORT else LONG))
            chosen = chance.randrange(len(loops))
            assert running[chosen].is_alive(), f"{loops[chosen].__name__} ended by itself"
            running[chosen].kill()
            running[chosen].join()
            running[chosen] = started(loops[chosen], home)[0]
    finally:
        for process in running:
            process.kill()
            process.join()


@pytest.mark.timeout(900 + 9 * KILLS)
def test_kills_at_random_lose_nothing_and_a_release_serves_all_the_while(tmp_path: Path) -> None:
    home, undisturbed = tmp_path / "home", tmp_path / "undisturbed"
    assert ended(first_release, home).exitcode == 0
    copytree(home, undisturbed)
    dropped = []
    files = arriving()

    def drop_one() -> None:
        feed, name, content, sidecar = next(files)
        dropped.append((feed, name, content, sidecar))
        drop(given(home), feed, name, content, sidecar=sidecar)

    follower = started(following, home)
    try:
        kill_at_random(home, drop_one)
        reached: State = ended(run, home).result
        (home / "end").touch()
        opened = result_of(*follower)
    finally:
        follower[0].kill()
    for feed, name, content, sidecar in dropped:
        drop(given(undisturbed), feed, name, content, sidecar=sidecar)
    expected: State = ended(run, undisturbed).result
    assert opened.exitcode == 0
    assert opened.result > 10
    assert len(envelope_ids(given(home))) == len(dropped) + 1
    assert replace(reached, n_releases=0, events=()) == replace(expected, n_releases=0, events=())
    assert len(set(reached.events)) == len(reached.events)
