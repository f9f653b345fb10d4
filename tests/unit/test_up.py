"""`choucha up`: what it refuses, what it configures, and that it leaves nothing behind."""

from __future__ import annotations

import configparser
import os
import pwd
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pipelines.up.checks import CannotStartError, Port, check_home, check_ports, sole
from pipelines.up.environment import airflow_environment
from pipelines.up.first_files import is_first_start
from pipelines.up.parts import programs
from pipelines.up.postgres import Postgres, socket_folder
from pipelines.up.processes import end_left_overs, left_overs, note_session
from pipelines.up.python_version import OLDEST, TOO_NEW, problem
from pipelines.up.run import up
from pipelines.up.secrets import load_secrets
from pipelines.up.supervisor import (
    RETRIES,
    Program,
    Supervisor,
    SupervisorEndedError,
    configuration,
    kept_running,
    socket_path,
)
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
POSTGRES = Postgres(Path("/programs"), Path("/data"), Path("/a folder/100%"), "pgserver")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def environment_of(settings: Settings, **inherited: str) -> dict[str, str]:
    settings.home.mkdir(exist_ok=True)
    return airflow_environment(
        settings, load_secrets(settings), database_url="postgresql://", airflow_port=18080, inherited=inherited
    )


def test_a_taken_port_is_named_with_the_option_and_the_variable_that_change_it(
    settings: Settings, taken_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert up(settings, airflow_port=taken_port, api_port=1) == 2
    told = capsys.readouterr().err
    assert f"Airflow 的端口 {taken_port} 已被占用" in told
    assert f"Port {taken_port} of Airflow is taken" in told
    assert "--airflow-port" in told
    assert "CHOUCHA_AIRFLOW_PORT" in told


def test_one_port_for_two_servers_is_refused() -> None:
    twice = [Port(18100, "A", "--a", "A"), Port(18100, "B", "--b", "B")]
    with pytest.raises(CannotStartError, match="Port 18100 of A cannot be used"):
        check_ports(twice)


def test_a_home_that_cannot_be_written_is_refused_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStartError) as refusal:
        check_home(Settings(home=tmp_path / "file" / "home"))
    assert "不能写入" in str(refusal.value)
    assert "cannot be written" in str(refusal.value)
    assert "CHOUCHA_HOME" in str(refusal.value)


def test_a_second_up_on_one_home_is_refused_and_told_by_whom(settings: Settings) -> None:
    settings.home.mkdir()
    with sole(settings), pytest.raises(CannotStartError, match=f"process {os.getpid()}"), sole(settings):
        pytest.fail("two held one home")


def test_pythons_outside_the_supported_range_get_a_sentence_in_each_language() -> None:
    assert problem((3, 11)) == ""
    assert problem((3, 14)) == ""
    assert problem((3, 10)).startswith("Python 3.10 不能运行")
    assert "Python 3.15 cannot run choucha" in problem((3, 15))


def test_the_supported_range_is_the_one_that_the_package_declares() -> None:
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["requires-python"]
    numbers = [tuple(map(int, pair)) for pair in re.findall(r"(\d+)\.(\d+)", declared)]
    assert numbers == [OLDEST, TOO_NEW]


def test_secrets_are_long_private_and_stay_the_same(settings: Settings) -> None:
    settings.home.mkdir()
    first = load_secrets(settings)
    assert len(first.jwt) >= 64
    assert load_secrets(settings) == first
    folder = settings.home / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 3


def test_tasks_find_the_api_server_wherever_its_port_is(settings: Settings) -> None:
    environment = environment_of(settings)
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:18080/execution/"
    assert environment["AIRFLOW__API__PORT"] == "18080"


def test_nothing_listens_beyond_loopback(settings: Settings) -> None:
    environment = environment_of(settings)
    hosts = {name: value for name, value in environment.items() if name.endswith("HOST")}
    assert set(hosts.values()) == {"127.0.0.1"}
    assert "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST" in hosts
    commands = {part.name: part.command for part in programs(POSTGRES, {}, airflow_port=1, api_port=2)}
    assert "--skip-serve-logs" in commands["scheduler"]
    assert "--skip-serve-logs" in commands["triggerer"]
    assert commands["postgres"][commands["postgres"].index("-h") + 1] == ""


def test_only_airflow_is_shown_airflows_secrets(settings: Settings) -> None:
    operators = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://airflow:s3cret@db/airflow",
        "DB_PASSWORD": "s3cret",
    }
    environment = environment_of(settings, CHOUCHA_PROVINCES="440000", LANG="C.UTF-8", **operators)
    secrets = {*load_secrets(settings).__dict__.values(), "s3cret"}
    parts = {part.name: part for part in programs(POSTGRES, environment, airflow_port=1, api_port=2)}
    shown = parts["api"].environment
    assert shown is not None
    assert {name for name, value in shown.items() if any(secret in value for secret in secrets)} == set()
    assert (shown["CHOUCHA_PROVINCES"], shown["CHOUCHA_HOME"]) == ("440000", str(settings.home))
    assert parts["postgres"].environment == {}
    assert parts["scheduler"].environment is None


def test_a_part_sees_of_the_environment_what_it_is_shown(settings: Settings) -> None:
    shown = {"CHOUCHA_HOME": "/a folder/100%", "LANG": "C"}
    printing = (sys.executable, "-c", "import os; print(sorted(os.environ.items()))")
    text = configuration(settings, [Program("api", "public", printing, 1, environment=shown)])
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(text)
    command = shlex.split(parsed["program:api"]["command"].replace("%%", "%"))
    said = subprocess.check_output(command, env=os.environ | {"KEY": "s3cret"}, text=True)
    assert {name: value for name, value in eval(said) if name != "LC_CTYPE"} == shown


def test_the_operator_may_change_a_default_but_not_what_must_hold(settings: Settings) -> None:
    environment = environment_of(settings, AIRFLOW__CORE__PARALLELISM="9", AIRFLOW_HOME="/elsewhere")
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "9"
    assert environment["AIRFLOW_HOME"] == str(settings.home / "airflow")


def test_an_embedded_server_is_addressed_by_its_socket() -> None:
    assert POSTGRES.url == "postgresql+psycopg2://postgres:@/postgres?host=/a%20folder/100%25"


def test_the_configuration_survives_blanks_and_percent_signs(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "a b 100%")
    parts = programs(POSTGRES, {}, airflow_port=18080, api_port=18000)
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(configuration(settings, parts))
    postgres = parsed["program:postgres"]
    command = tuple(shlex.split(postgres["command"].replace("%%", "%")))
    assert command == ("/usr/bin/env", "-i", *POSTGRES.command)
    assert postgres["user"] == "pgserver"
    assert postgres["stopsignal"] == "INT"
    assert parsed["group:airflow"]["programs"] == "scheduler,triggerer,dag-processor,api-server"
    assert int(parsed["group:database"]["priority"]) < int(parsed["group:airflow"]["priority"])
    flags = ("stopasgroup", "killasgroup", "autorestart")
    names = [section for section in parsed.sections() if section.startswith("program:")]
    assert len(names) == 6
    assert {parsed[name][flag] for name in names for flag in flags} == {"true"}


def test_a_long_home_gets_a_socket_that_fits(tmp_path: Path) -> None:
    path = socket_path(Settings(home=tmp_path / ("x" * 120)))
    assert len(os.fsencode(path)) < 88
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert socket_path(Settings(home=tmp_path / ("x" * 120))) == path
    path.parent.rmdir()


def test_a_socket_folder_that_another_made_first_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / ("x" * 120))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = socket_path(settings).parent
    folder.chmod(0o777)
    with pytest.raises(CannotStartError, match="is no private folder of this program"):
        socket_path(settings)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").chmod(0o700)
    with pytest.raises(CannotStartError, match="is no private folder of this program"):
        socket_path(settings)


def test_a_database_far_away_is_reached_by_its_own_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert socket_folder(Settings(home=tmp_path), None) == tmp_path / "postgres"
    far = Settings(home=tmp_path / ("x" * 120))
    found = socket_folder(far, None)
    assert len(os.fsencode(Path("/tmp") / found.name / ".s.PGSQL.5432")) <= 103
    assert (found.stat().st_mode & 0o777, found.stat().st_uid) == (0o700, os.geteuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the database a user of its own")
def test_a_database_that_root_starts_is_reached_by_its_own_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    far = Settings(home=tmp_path / ("x" * 120))
    found = socket_folder(far, "nobody")
    assert (found.stat().st_mode & 0o777, found.stat().st_uid) == (0o700, pwd.getpwnam("nobody").pw_uid)
    os.chown(found, 0, -1)
    with pytest.raises(CannotStartError, match="is no private folder of this program"):
        socket_folder(far, "nobody")


def test_a_home_that_received_something_is_no_first_start(settings: Settings) -> None:
    assert is_first_start(settings)
    (settings.landing / "food").mkdir(parents=True)
    assert is_first_start(settings)
    (settings.landing / "food" / "one.csv").write_text("")
    assert not is_first_start(settings)


def test_children_that_left_their_group_are_found_by_their_session_and_ended(tmp_path: Path) -> None:
    child = "import os, time; os.setpgid(0, 0); time.sleep(60)"
    leader = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]).wait()"],
        start_new_session=True,
    )
    note = tmp_path / "up.session"
    note_session(note, leader.pid)
    _until(lambda: len(left_overs(note)) == 2)
    leader.kill()
    leader.wait()
    (orphan,) = left_overs(note)
    assert end_left_overs(note, patience_seconds=2.0) == 1
    assert not psutil.pid_exists(orphan.pid) or orphan.status() == psutil.STATUS_ZOMBIE
    assert not note.exists()


def test_a_session_number_that_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        note = tmp_path / "up.session"
        note.write_text(f'{{"session": {stranger.pid}, "started": 1.0}}')
        assert end_left_overs(note) == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is a feature of Linux")
def test_what_is_on_the_leash_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    leash = PROJECT / "pipelines" / "up" / "leash.py"
    note = tmp_path / "pid"
    leashed = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()",
            sys.executable,
            str(leash),
            sys.executable,
            "-c",
            leashed,
        ]
    )
    _until(lambda: note.exists() and note.read_text() != "")
    pid = int(note.read_text())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    _until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def sleeping() -> list[Program]:
    return [Program("sleeper", "all", (sys.executable, "-c", "import time; time.sleep(600)"), 1)]


def killed(supervisor: Supervisor) -> None:
    """What `kill -9` of supervisord does, once it has started its part."""
    _until(lambda: supervisor.process.poll() is not None or bool(started(supervisor)))
    supervisor.process.kill()
    _until(lambda: not supervisor.is_alive)


def started(supervisor: Supervisor) -> int:
    """Process id of the part; 0 while supervisord does not listen or has not started it."""
    try:
        return supervisor.pid("all:sleeper")
    except OSError:
        return 0


def test_a_process_manager_that_is_killed_is_started_again_and_its_parts_with_it(settings: Settings) -> None:
    (settings.home / "logs").mkdir(parents=True)
    seen: list[int] = []

    def attend(supervisor: Supervisor) -> None:
        _until(lambda: bool(started(supervisor)))
        seen.append(started(supervisor))
        if len(seen) == 1:
            killed(supervisor)
            assert psutil.pid_exists(seen[0])  # nobody ended it yet
            supervisor.lost()
        assert supervisor.lost() == [] and not psutil.pid_exists(seen[0])

    kept_running(settings, sleeping(), os.environ, attend)
    assert len(set(seen)) == 2 and not psutil.pid_exists(seen[1])


def test_a_process_manager_that_ends_again_and_again_is_given_up(settings: Settings) -> None:
    (settings.home / "logs").mkdir(parents=True)
    tries: list[int] = []

    def attend(supervisor: Supervisor) -> None:
        tries.append(supervisor.process.pid)
        killed(supervisor)
        supervisor.lost()

    with pytest.raises(SupervisorEndedError):
        kept_running(settings, sleeping(), os.environ, attend)
    assert len(tries) == 1 + RETRIES


def test_programs_without_a_server_of_their_own_have_no_postgres() -> None:
    parts: list[Program] = programs(None, {}, airflow_port=1, api_port=2)
    assert {part.name for part in parts} == {"api", "scheduler", "triggerer", "dag-processor", "api-server"}
    assert [part.name for part in parts if part.starts_at_once] == ["api"]


def _until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
