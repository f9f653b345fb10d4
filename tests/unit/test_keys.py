"""Keys: shown once, kept as hashes that nobody else may read, ended at once."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from warehouse.errors import UserError
from warehouse.keys import KeyRefusedError, add_key, key_of, list_keys, revoke_key
from warehouse.settings import Settings

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def _added(settings: Settings, name: str = "质量办", *scopes: str, expires_at: datetime | None = None) -> str:
    return add_key(settings, name, scopes or ("office:read",), now=NOW, created_by="ops", expires_at=expires_at)[0]


def test_a_key_is_known_by_its_text_and_its_file_does_not_hold_it(settings: Settings) -> None:
    text = _added(settings, "质量办", "review", "office:read")
    found = key_of(settings, text, now=NOW)
    assert (found.name, found.scopes, found.created_by) == ("质量办", ("office:read", "review"), "ops")
    path = settings.home / "secrets" / "keys.json"
    secret = text[len("choucha_") + 13 :]
    assert len(secret) == 43 and secret not in path.read_text(encoding="utf-8")
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert [each.name for each in path.parent.iterdir()] == ["keys.json"]


def test_two_keys_have_nothing_in_common(settings: Settings) -> None:
    first, second = _added(settings, "甲"), _added(settings, "乙")
    kept = list_keys(settings)
    assert first != second
    assert len({key.salt for key in kept}) == len({key.digest for key in kept}) == 2


@pytest.mark.parametrize(
    "wrong", ["", "x", "choucha_", "choucha_000000000000_" + "a" * 43, "Choucha_1", "choucha_é_" + "a" * 43]
)
def test_what_is_no_key_opens_nothing(settings: Settings, wrong: str) -> None:
    _added(settings)
    with pytest.raises(KeyRefusedError, match="unknown"):
        key_of(settings, wrong, now=NOW)


def test_a_known_id_with_another_secret_opens_nothing(settings: Settings) -> None:
    text = _added(settings)
    with pytest.raises(KeyRefusedError, match="unknown"):
        key_of(settings, text[:-1] + ("A" if text[-1] != "A" else "B"), now=NOW)


def test_before_any_key_was_made_none_is_known(settings: Settings) -> None:
    with pytest.raises(KeyRefusedError, match="unknown"):
        key_of(settings, "choucha_000000000000_" + "a" * 43, now=NOW)


def test_a_revoked_key_opens_nothing_from_then_on_and_stays_listed(settings: Settings) -> None:
    text, other = _added(settings, "甲"), _added(settings, "乙")
    revoked = revoke_key(settings, "甲", now=NOW)
    with pytest.raises(KeyRefusedError, match="revoked"):
        key_of(settings, text, now=NOW)
    assert key_of(settings, other, now=NOW).name == "乙"
    assert [key.state_at(NOW) for key in list_keys(settings)] == ["revoked", "standing"]
    with pytest.raises(UserError, match="no such key to revoke"):
        revoke_key(settings, revoked.key_id, now=NOW)


def test_a_key_ends_at_its_instant(settings: Settings) -> None:
    text = _added(settings, expires_at=NOW + timedelta(days=1))
    assert key_of(settings, text, now=NOW + timedelta(days=1, microseconds=-1)).name == "质量办"
    with pytest.raises(KeyRefusedError, match="expired"):
        key_of(settings, text, now=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("name", "scopes", "days", "told"),
    [
        ("质量办", ("office:read",), None, "has a key already"),
        ("  ", ("office:read",), None, "needs a name"),
        ("甲", ("everything",), None, "there are: office:read"),
        ("甲", (), None, "name at least one"),
        ("甲", ("intake",), -1, "has passed already"),
    ],
)
def test_a_key_that_cannot_be_made_is_told(
    settings: Settings, name: str, scopes: tuple[str, ...], days: int | None, told: str
) -> None:
    _added(settings)
    ends = None if days is None else NOW + timedelta(days=days)
    with pytest.raises(UserError, match=told):
        add_key(settings, name, scopes, now=NOW, created_by="ops", expires_at=ends)
    assert len(list_keys(settings)) == 1


def test_a_name_is_free_again_once_its_key_was_revoked(settings: Settings) -> None:
    _added(settings)
    revoke_key(settings, "质量办", now=NOW)
    assert key_of(settings, _added(settings), now=NOW).name == "质量办"


def test_keys_that_are_made_at_once_are_all_kept(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as makers:
        texts = list(makers.map(lambda number: _added(settings, f"系统{number}"), range(24)))
    assert {key_of(settings, text, now=NOW).name for text in texts} == {f"系统{number}" for number in range(24)}


def test_the_commands_show_a_key_once_and_never_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))

    def choucha(*words: str) -> list[dict[str, object]]:
        ended = CliRunner().invoke(cli, ["keys", *words, "--json"], standalone_mode=False, catch_exceptions=False)
        return [json.loads(line) for line in ended.stdout.splitlines()]

    (made,) = choucha("add", "质量办", "--scope", "office:read", "--scope", "intake", "--days", "30")
    (listed,) = choucha("list")
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert (listed["state"], listed["scopes"]) == ("standing", ["intake", "office:read"])
    assert key_of(settings, str(made["key"]), now=datetime.now(UTC)).key_id == listed["key_id"]
    (revoked,) = choucha("revoke", str(listed["key_id"]))
    assert revoked["state"] == "revoked" and choucha("list") == [revoked]
