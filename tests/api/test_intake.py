"""Files over HTTP: whole in landing or not at all, whoever sends them and however; and nothing for who has no key."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.models import ProblemDocument
from api.receipt_rows import UploadTaken, UploadWaiting
from warehouse.contract import FORMS, feeds
from warehouse.keys import add_key, revoke_key
from warehouse.settings import Settings

NOW = datetime(2026, 7, 1, tzinfo=UTC)
TABLE = "产品名称,抽样编号,结论\n豆腐,DC1,合格\n".encode()
FOOD = "/v1/intake/food"
EVENT = {"specversion": "1.0", "id": "A-1", "source": "/lims", "type": "cn.report"}
CLOUD_EVENT = {"Content-Type": "application/cloudevents+json"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), duckdb_memory="512MB", intake_max_mb=1)


@pytest.fixture(scope="module")
def released() -> str:
    return "nothing yet: files come in before the first release"


@pytest.fixture(scope="module")
def sender(settings: Settings) -> dict[str, str]:
    return _key(settings, "某局", "intake")


@pytest.fixture(scope="module")
def office(settings: Settings) -> dict[str, str]:
    return _key(settings, "质量办", "office:read")


@pytest.fixture(autouse=True)
def _empty_landing(settings: Settings) -> Iterator[None]:
    yield
    for path in _landed(settings):
        path.unlink()


def _key(settings: Settings, name: str, *scopes: str) -> dict[str, str]:
    text, _ = add_key(settings, name, scopes, now=NOW, created_by="ops")
    return {"Authorization": f"Bearer {text}"}


def _landed(settings: Settings) -> list[Path]:
    """Everything in landing, also what nobody would take."""
    return sorted(path for path in settings.landing.rglob("*") if not path.is_dir())


def _file(settings: Settings, taken: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The bytes in landing, and the side-car beside them."""
    path = settings.landing / taken["feed"] / taken["file_name"]
    return path.read_bytes(), json.loads(path.with_name(f"{path.name}.meta.json").read_bytes())


def _taken(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    taken = UploadTaken.model_validate_json(answer.content)
    assert answer.headers["location"] == taken.receipt == f"/v1/receipts/{taken.upload_id}"
    return taken.model_dump()


def _refused(answer: httpx.Response, status: int, kind: str) -> ProblemDocument:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = ProblemDocument.model_validate_json(answer.content)
    assert problem.type == f"/docs#{kind}"
    assert problem.detail_zh and problem.detail_en
    return problem


def test_a_form_lands_with_its_name_and_side_car(
    client: httpx.Client, settings: Settings, sender: dict[str, str]
) -> None:
    declared = {"sender": "成都市局", "complete": True}
    files = {"file": ("二季度.csv", TABLE), "sidecar": ("x.json", json.dumps(declared).encode())}
    taken = _taken(client.post(FOOD, headers=sender, files=files))
    assert (taken["file_name"], taken["size"], taken["sha256"]) == (
        "二季度.csv", len(TABLE), sha256(TABLE).hexdigest(),
    )  # fmt: skip
    content, sidecar = _file(settings, taken)
    assert content == TABLE
    assert sidecar == declared | {
        "upload": {"id": taken["upload_id"], "key": "某局", "sha256": sha256(TABLE).hexdigest()}
    }


def test_bare_bytes_land_under_the_name_that_the_address_gives(
    client: httpx.Client, settings: Settings, sender: dict[str, str]
) -> None:
    said = {"X-Choucha-Sidecar": '{"level": "\\u7701\\u7ea7"}', "Content-Type": "text/csv"}
    taken = _taken(client.post(f"{FOOD}?name=二季度", headers=sender | said, content=TABLE))
    assert taken["file_name"] == "二季度.csv"
    assert _file(settings, taken)[0] == TABLE
    numbered = {"name": "附件1.四川省" + "监督抽检信息" * 20}
    named = _taken(client.post(FOOD, params=numbered, headers=sender | said, content=TABLE))["file_name"]
    assert (named[:7], named[-5:]) == ("附件1.四川省", "信.csv")
    assert _file(settings, taken)[1]["level"] == "省级"


def test_the_name_in_the_address_goes_before_that_of_a_form_or_an_event(
    client: httpx.Client, sender: dict[str, str]
) -> None:
    form = client.post(f"{FOOD}?name=b.csv", headers=sender, files={"file": ("a.csv", TABLE)})
    event = EVENT | {"subject": "a.csv", "data": "x", "datacontenttype": "text/csv"}
    carried = client.post(f"{FOOD}?name=c.csv", headers=sender | CLOUD_EVENT, content=json.dumps(event))
    assert [_taken(answer)["file_name"] for answer in (form, carried)] == ["b.csv", "c.csv"]


def test_a_cloud_event_in_the_binary_mode_lands_with_what_it_says_of_itself(
    client: httpx.Client, settings: Settings, sender: dict[str, str]
) -> None:
    said = {f"ce-{name}": value for name, value in EVENT.items()} | {"ce-source": "/%E6%88%90%E9%83%BD"}
    taken = _taken(client.post(FOOD, headers=sender | said | {"Content-Type": "text/csv"}, content=TABLE))
    content, sidecar = _file(settings, taken)
    assert (content, taken["file_name"]) == (TABLE, "A-1.csv")
    assert sidecar["upload"]["event"] == {"source": "/成都", "id": "A-1", "type": "cn.report"}


@pytest.mark.parametrize(
    ("data", "name", "content"),
    [
        ('"datacontenttype": "text/csv", "data": "a,b\\n"', "A-1.csv", b"a,b\n"),
        ('"subject": "2026/x.xlsx", "data_base64": "UEsDBA=="', "x.xlsx", b"PK\x03\x04"),
        ('"data": [{"a": 1.00, "a": 12345678901234567890123}]', "A-1.json",
         b'[{"a": 1.00, "a": 12345678901234567890123}]'),
    ],
)  # fmt: skip
def test_a_cloud_event_in_the_structured_mode_lands_its_data_as_they_were_written(
    client: httpx.Client, settings: Settings, sender: dict[str, str], data: str, name: str, content: bytes
) -> None:
    body = f" {json.dumps(EVENT)[:-1]} , {data} }}\n"
    taken = _taken(client.post(FOOD, headers=sender | CLOUD_EVENT, content=body.encode()))
    assert taken["file_name"] == name
    assert _file(settings, taken)[0] == content
    assert _file(settings, taken)[1]["upload"]["event"]["id"] == "A-1"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"specversion": "0.3"}, "specversion"), ({"specversion": 1.0}, "specversion"), ({"id": ""}, "id"),
        ({"id": 7}, "id"), ({"source": None}, "source"), ({"type": "x" * 1025}, "type"),
        ({"data": "a", "data_base64": "YQ=="}, "data"), ({"data_base64": "?"}, "data_base64"),
        ({"data": [1], "datacontenttype": "text/csv"}, "data"), ({"id": "\ud800x"}, "id"),
        ({"datacontenttype": "text/\udc00"}, "datacontenttype"), ({"specversion": "\ud800"}, "specversion"),
        ({"data": "\ud800", "datacontenttype": "text/csv"}, "data"), ({"more\ud800": "\ud800"}, "more\\ud800"),
    ],
)  # fmt: skip
def test_an_event_that_says_too_little_or_too_much_is_told_which_attribute(
    client: httpx.Client, settings: Settings, sender: dict[str, str], changed: dict[str, Any], told: str
) -> None:
    carried = {} if "data_base64" in changed else {"data": [1]}
    answer = client.post(FOOD, headers=sender | CLOUD_EVENT, content=json.dumps(EVENT | carried | changed))
    problem = _refused(answer, 400, "invalid-upload")
    assert [error.parameter for error in problem.errors] == [told]
    assert _landed(settings) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b"{", b'{"id": "1",}', b'{"id": "1"} x', b'{"id": "1", "id": "2"}', b"\xff", b"{1: 2}",
     b'{"data": ' + b"[" * 100_000, json.dumps(EVENT).encode(), json.dumps(EVENT | {"data": None}).encode()],
)  # fmt: skip
def test_what_is_no_event_or_carries_nothing_is_refused(
    client: httpx.Client, settings: Settings, sender: dict[str, str], body: bytes
) -> None:
    _refused(client.post(FOOD, headers=sender | CLOUD_EVENT, content=body), 400, "invalid-upload")
    assert _landed(settings) == []


@pytest.mark.parametrize(
    ("sent", "landed"),
    [
        ("../../../../etc/passwd", "passwd"), ("..\\..\\x.csv", "x.csv"), ("..", "unnamed"),
        ("a.csv.part", "a.csv.part_"), (".hidden.csv", "_.hidden.csv"),
        ("x.csv.meta.json", "x.csv.meta.json_"), ("a\u202eb.csv", "a\\u202eb.csv"),
    ],
)  # fmt: skip
def test_a_name_leads_nowhere_and_hides_nothing(
    client: httpx.Client, settings: Settings, sender: dict[str, str], sent: str, landed: str
) -> None:
    for answer in (
        client.post(FOOD, headers=sender, files={"file": (sent, TABLE)}),
        client.post(FOOD, headers=sender, params={"name": sent}, content=TABLE),
    ):
        taken = _taken(answer)
        assert taken["file_name"].replace(" (2)", "") == landed
    assert {path.parent for path in _landed(settings)} == {settings.landing / "food"}
    assert len(_landed(settings)) == 4


def test_the_same_file_twice_is_two_uploads_that_wait_side_by_side(
    client: httpx.Client, settings: Settings, sender: dict[str, str]
) -> None:
    first, second = (_taken(client.post(FOOD, headers=sender, files={"file": ("a.csv", TABLE)})) for _ in range(2))
    assert [first["file_name"], second["file_name"]] == ["a.csv", "a (2).csv"]
    assert first["upload_id"] != second["upload_id"]
    assert first["sha256"] == second["sha256"]


@pytest.mark.parametrize("is_form", [True, False])
@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_stays(
    client: httpx.Client, settings: Settings, sender: dict[str, str], is_form: bool, is_chunked: bool
) -> None:
    head = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' if is_form else b""
    body = head + b"x" * (2 * 1024 * 1024 + 1)
    kind = {"Content-Type": "multipart/form-data; boundary=xx" if is_form else "text/csv"}
    content: Any = (body[at : at + 65536] for at in range(0, len(body), 65536)) if is_chunked else body
    problem = _refused(client.post(FOOD, headers=sender | kind, content=content), 413, "too-large")
    assert "1 MiB" in problem.detail_en
    assert _landed(settings) == []


def test_a_file_that_says_beforehand_that_it_is_too_large_is_refused_before_any_of_it_is_sent(
    client: httpx.Client, sender: dict[str, str]
) -> None:
    address = client.base_url
    with socket.create_connection((address.host, address.port or 0), timeout=60) as connection:
        head = f"POST {FOOD} HTTP/1.1\r\nHost: x\r\nAuthorization: {sender['Authorization']}\r\nContent-Length: 1048577"
        connection.sendall(f"{head}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_file_of_just_the_size_that_is_allowed_is_taken(
    client: httpx.Client, settings: Settings, sender: dict[str, str]
) -> None:
    taken = _taken(client.post(FOOD, headers=sender, files={"file": ("a.csv", b"x" * 1024 * 1024)}))
    assert taken["size"] == len(_file(settings, taken)[0]) == 1024 * 1024


@pytest.mark.parametrize("files", [{}, {"file": ("a.csv", b"")}])
def test_an_empty_file_is_refused(
    client: httpx.Client, settings: Settings, sender: dict[str, str], files: dict[str, Any]
) -> None:
    _refused(client.post(FOOD, headers=sender, files=files), 400, "invalid-upload")
    assert _landed(settings) == []


@pytest.mark.parametrize(
    "body",
    [
        b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nhalf of it',
        b'--xx\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--xx--\r\n',
        b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nx\r\n'
        b'--xx\r\nContent-Disposition: form-data; name="file"; filename="b.csv"\r\n\r\ny\r\n--xx--\r\n',
        b'--xx\r\nContent-Disposition: form-data; name="sidecar"\r\n\r\n{}\r\n--xx--\r\n',
        b"no form at all",
    ],
)
def test_a_form_that_is_cut_off_or_holds_something_else_is_refused(
    client: httpx.Client, settings: Settings, sender: dict[str, str], body: bytes
) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=xx"}
    _refused(client.post(FOOD, headers=sender | kind, content=body), 400, "invalid-upload")
    assert _landed(settings) == []


@pytest.mark.parametrize(
    ("sidecar", "told"),
    [
        ("{", "no JSON"), ("[]", "object"), ('{"upload": {"id": "u-1"}}', "upload"), ("[" * 50_000, "deeply"),
        ('{"columns": ' + "[" * 25 + "]" * 25 + "}", "deeply"), ('{"a": 1' + "0" * 199 + "}", "too long"),
        ('{"complete": 1e999}', "too large"), ('{"complete": NaN}', "NaN"), ('{"sender": "\\ud800"}', "not text"),
    ],
)  # fmt: skip
def test_a_side_car_that_no_run_would_understand_is_refused_at_once_with_its_file(
    client: httpx.Client, settings: Settings, sender: dict[str, str], sidecar: str, told: str
) -> None:
    files = {"file": ("a.csv", TABLE), "sidecar": ("a.json", sidecar.encode())}
    said = [client.post(FOOD, headers=sender, files=files)]
    if len(sidecar) < 1000:
        said.append(client.post(FOOD, headers=sender | {"X-Choucha-Sidecar": sidecar}, content=TABLE))
    for answer in said:
        assert told in _refused(answer, 400, "invalid-upload").detail_en
    assert _landed(settings) == []


@pytest.mark.parametrize(
    "headers", [{"Content-Encoding": "gzip"}, {"Content-Type": "application/cloudevents-batch+json"}]
)
def test_a_form_of_sending_that_is_not_known_is_refused(
    client: httpx.Client, settings: Settings, sender: dict[str, str], headers: dict[str, str]
) -> None:
    _refused(client.post(FOOD, headers=sender | headers, content=TABLE), 415, "unsupported-media-type")
    assert _landed(settings) == []


def test_an_upload_whose_sender_goes_away_leaves_nothing_and_the_next_is_taken(
    client: httpx.Client, settings: Settings, sender: dict[str, str]
) -> None:
    address = client.base_url
    with socket.create_connection((address.host, address.port or 0), timeout=60) as connection:
        head = f"POST {FOOD} HTTP/1.1\r\nHost: x\r\nAuthorization: {sender['Authorization']}\r\nContent-Length: 900000"
        connection.sendall(f"{head}\r\n\r\n".encode() + b"x" * 600_000)
        _until(lambda: len(_landed(settings)) == 1)
        assert _landed(settings)[0].name.endswith(".part")
    _until(lambda: _landed(settings) == [])
    _taken(client.post(FOOD, headers=sender, files={"file": ("a.csv", TABLE)}))


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_feed_that_there_is_not_is_told_with_those_that_there_are(
    client: httpx.Client, settings: Settings, sender: dict[str, str]
) -> None:
    for feed in ("fish", "..", "%2e%2e%2fwork"):
        answer = client.post(f"/v1/intake/{feed}", headers=sender, content=TABLE)
        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"] == "application/problem+json"
    problem = _refused(client.post("/v1/intake/fish", headers=sender, content=TABLE), 404, "not-found")
    assert "food" in problem.errors[0].allowed
    assert _landed(settings) == []


@pytest.mark.parametrize("form", FORMS)
def test_only_who_may_speak_for_the_office_sends_a_form(
    client: httpx.Client, settings: Settings, sender: dict[str, str], office: dict[str, str], form: str
) -> None:
    path = f"/v1/intake/{form}"
    problem = _refused(client.post(path, headers=sender, content=b"{}"), 403, "lacks-scope")
    assert "review" in problem.detail_en and f"{form} speaks for the office" in problem.detail_en
    assert "review" in problem.detail_zh and f"{form} 以办公室名义" in problem.detail_zh
    for other in (office, _key(settings, f"{form}审核", "review")):
        _refused(client.post(path, headers=other, content=b"{}"), 403, "lacks-scope")
    assert _landed(settings) == []
    both = _key(settings, f"{form}报送", "intake", "review")
    assert _taken(client.post(path, headers=both, content=b"{}"))["feed"] == form


@pytest.mark.parametrize("feed", feeds())
def test_a_sender_sends_samples_of_every_feed(client: httpx.Client, sender: dict[str, str], feed: str) -> None:
    assert _taken(client.post(f"/v1/intake/{feed}", headers=sender, content=TABLE))["feed"] == feed


def test_without_a_key_that_may_nothing_is_taken_or_told(
    client: httpx.Client, settings: Settings, office: dict[str, str]
) -> None:
    revoked = _key(settings, "旧", "intake")
    revoke_key(settings, "旧", now=NOW)
    wrong = {"Authorization": "Bearer choucha_000000000000_" + "a" * 43}
    for headers, status, kind in (
        ({}, 401, "key-required"), (wrong, 401, "key-refused"), (revoked, 401, "key-refused"),
        (office, 403, "lacks-scope"),
    ):  # fmt: skip
        _refused(client.post(FOOD, headers=headers, files={"file": ("a.csv", TABLE)}), status, kind)
    for path in ("/v1/receipts/x", "/v1/quarantine", "/v1/quarantine/x"):
        _refused(client.get(path), 401, "key-required")
        _refused(client.get(path, headers=wrong), 401, "key-refused")
    assert _landed(settings) == []


def test_a_sender_reads_no_list_of_the_quarantine(client: httpx.Client, sender: dict[str, str]) -> None:
    _refused(client.get("/v1/quarantine", headers=sender), 403, "lacks-scope")


def test_a_file_that_waits_is_told_to_its_sender_and_the_office_wherever_it_is_on_its_way(
    client: httpx.Client, settings: Settings, sender: dict[str, str], office: dict[str, str]
) -> None:
    taken = _taken(client.post(FOOD, headers=sender, files={"file": ("a.csv", TABLE)}))
    other = _key(settings, "别局", "intake")

    def statuses() -> list[int]:
        return [client.get(taken["receipt"], headers=headers).status_code for headers in (sender, office, other, {})]

    assert statuses() == [202, 202, 404, 401]
    answer = client.get(taken["receipt"], headers=sender)
    assert UploadWaiting.model_validate_json(answer.content).state == "waiting"
    assert answer.headers["cache-control"] == "private, no-store"
    claim = settings.work / "claims" / "20260701T000000000000-00000000"
    claim.mkdir(parents=True)
    sidecar = settings.landing / "food" / "a.csv.meta.json"
    sidecar.rename(claim / "sidecar")
    assert statuses() == [202, 202, 404, 401]
    (claim / "sidecar").unlink()
    assert statuses() == [404, 404, 404, 401]


def test_an_id_that_nothing_has_is_told_with_where_ids_are(client: httpx.Client, office: dict[str, str]) -> None:
    for unknown in ("u-" + "0" * 32, "0" * 32, "x'--", "长"):
        problem = _refused(client.get(f"/v1/receipts/{unknown}", headers=office), 404, "not-found")
        assert "Location" in problem.detail_en


def test_a_disk_that_takes_nothing_is_told_and_the_sender_sends_again(
    client: httpx.Client, settings: Settings, sender: dict[str, str]
) -> None:
    blocked = settings.landing / "market"
    shutil.rmtree(settings.landing)
    settings.landing.mkdir()
    blocked.write_bytes(b"no folder")
    answer = client.post("/v1/intake/market", headers=sender, files={"file": ("a.csv", TABLE)})
    _refused(answer, 503, "not-accepted")
    assert answer.headers["retry-after"] == "60"


def test_the_wrong_method_is_told_the_right_one(client: httpx.Client, sender: dict[str, str]) -> None:
    answer = client.get(FOOD, headers=sender)
    _refused(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"
