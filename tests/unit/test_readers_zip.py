"""A ZIP as the child takes it apart: names, what is left out, side-cars, and limits that hold whatever it claims."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import readers_zip
from pipelines.readers import Refused
from pipelines.reading_problems import READING_PROBLEMS
from tests.integration.zip_files import SYMBOLIC_LINK, entry, in_gbk, locked, zip_of

MIB = 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scratch" / "inside").mkdir(parents=True)
    return tmp_path / "scratch" / "inside"


def apart(folder: Path, content: bytes, **limits: int) -> dict[str, Any]:
    source = folder.parent / "a.zip"
    source.write_bytes(content)
    assert readers_zip.is_archive(source, content[:4096], source.name)
    allowed = {"max_expansion": 200, "max_members": 1000, "memory_mb": 1024} | limits
    return readers_zip.taken_apart(source, {"folder": str(folder), **allowed})


def names(folder: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> list[str]:
    return [member["name"] for member in apart(folder, zip_of(*entries))["members"]]


def refused(folder: Path, content: bytes, **limits: int) -> tuple[str, str | None]:
    with pytest.raises(Refused) as raised:
        apart(folder, content, **limits)
    return raised.value.rule, raised.value.found


@pytest.mark.parametrize(
    ("info", "name"),
    [
        (entry("plain.csv"), "plain.csv"),
        (entry("合格产品.csv"), "合格产品.csv"),
        (in_gbk("附件3_合格产品信息.xlsx"), "附件3_合格产品信息.xlsx"),
        (in_gbk("成都/联通.csv"), "成都/联通.csv"),  # which reads as UTF-8 too
        (entry("附件1.csv".encode()), "附件1.csv"),  # UTF-8 that does not say so
        (entry("caf\u00e9.csv".encode("cp437")), "caf\u00e9.csv"),
        (entry(b"?.csv", path_extra=("路径.csv", b"?.csv")), "?.csv"),
        (entry(b"\xc2\xb7\xbe\xb6.csv", path_extra=("小路.csv", b"\xc2\xb7\xbe\xb6.csv")), "小路.csv"),
        (entry(b"\xc2\xb7\xbe\xb6.csv", path_extra=("旧名.csv", b"another.csv")), "路径.csv"),
        (entry("windows\\a.csv"), "windows/a.csv"),
        (entry("../../etc/passwd"), "etc/passwd"),
        (entry("/etc/passwd"), "etc/passwd"),
        (entry("C:\\数据\\a.csv"), "数据/a.csv"),
        (entry(".. / ../a.csv"), "a.csv"),
        (entry(".."), "unnamed"),
        (entry("a\x1b[2J\nb\u202e.csv"), r"a\x1b[2J\x0ab\u202e.csv"),
        (entry("名．сsv"), "名．сsv"),
        (entry("n" * 60_000 + ".csv"), "n" * 191 + "…" + "n" * 59 + ".csv"),
    ],
)
def test_a_name_is_read_as_it_was_meant_and_leads_nowhere(folder: Path, info: zipfile.ZipInfo, name: str) -> None:
    told = apart(folder, zip_of((info, b"content")))
    (member,) = told["members"]
    assert member["name"] == name
    assert (folder / "member_1").read_bytes() == b"content"
    assert sorted(path.name for path in folder.parent.rglob("*")) == ["a.zip", "inside", "member_1"]


def test_a_name_that_was_changed_is_told_as_it_was(folder: Path) -> None:
    told = apart(folder, zip_of(("../a.csv", b"1"), ("b.csv", b"2"), ("c\\d.csv", b"3")))
    assert [member["was_named"] for member in told["members"]] == ["../a.csv", None, None]


def test_two_files_of_one_name_are_two_files(folder: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zip_of(("a.csv", b"first"), ("a.csv", b"second"))
    members = apart(folder, content)["members"]
    assert [(member["number"], member["name"]) for member in members] == [(1, "a.csv"), (2, "a.csv")]
    assert [(folder / f"member_{number}").read_bytes() for number in (1, 2)] == [b"first", b"second"]


def test_what_other_programs_put_beside_the_files_is_left_out_and_named_and_folders_are_nothing(folder: Path) -> None:
    entries = ("__MACOSX/._a.csv", "data/.DS_Store", "data/~$a.xlsx", "Thumbs.db", "data/._b.csv", "data/", "leer\\")
    told = apart(folder, zip_of(*((name, b"") for name in entries), ("data/a.csv", b"1")))
    assert [member["name"] for member in told["members"]] == ["data/a.csv"]
    assert told["left_out"] == ["Thumbs.db", "__MACOSX/._a.csv", "data/.DS_Store", "data/._b.csv", "data/~$a.xlsx"]


def test_a_side_car_belongs_to_the_file_of_its_name_in_its_folder(folder: Path) -> None:
    content = zip_of(
        ("x/a.csv.meta.json", b'{"level": "provincial"}'),
        ("a.csv", b"1"),
        ("x/a.csv", b"2"),
        ("b.csv", b"3"),
        ("b.csv.meta.json", b"[1]"),
        ("gone.csv.meta.json", b"{}"),
    )
    members = apart(folder, content)["members"]
    assert [(m["name"], m["sidecar"], m["sidecar_problem"], m["rule"], m["found"]) for m in members] == [
        ("a.csv", None, None, None, None),
        ("x/a.csv", {"level": "provincial"}, None, None, None),
        ("b.csv", None, "须为 JSON 对象 expected a JSON object, found list", None, None),
        ("gone.csv.meta.json", None, None, "SC-001", "gone.csv"),
    ]


def test_of_two_side_cars_the_last_counts_and_one_that_cannot_be_taken_out_is_a_problem_of_its_file(
    folder: Path,
) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = zip_of(
            ("a.csv", b"1"), ("a.csv.meta.json", b'{"level": "1"}'), ("a.csv.meta.json", b'{"level": "2"}'),
            ("b.csv", b"1"), ("b.csv.meta.json", b"{}"),
        )  # fmt: skip
    members = apart(folder, locked(content, b"b.csv.meta.json"))["members"]
    assert [(m["name"], m["sidecar"], m["rule"]) for m in members] == [
        ("a.csv", {"level": "2"}, None),
        ("a.csv.meta.json", None, "HD-003"),
        ("b.csv", None, None),
        ("b.csv.meta.json", None, "ZP-003"),
    ]
    assert members[2]["sidecar_problem"].endswith("can't be taken out of the archive")


@pytest.mark.parametrize("more", [b'"level": "1"', b'"level": NaN'])
def test_a_side_car_in_it_may_not_say_how_a_file_came(folder: Path, more: bytes) -> None:
    content = zip_of(("a.csv", b"1"), ("a.csv.meta.json", b'{"upload": {"id": "u-1", "key": "k"}, ' + more + b"}"))
    (member,) = apart(folder, content)["members"]
    assert member["sidecar"] is None
    assert member["sidecar_problem"].endswith("take that key out")


def in_directory(content: bytes, offset: int, value: bytes) -> bytes:
    """The archive with other bytes in the first entry of its directory."""
    start = content.index(b"PK\x01\x02") + offset
    return content[:start] + value + content[start + len(value) :]


def damaged(content: bytes) -> bytes:
    """The first file's compressed bytes are others."""
    start = content.index(b"PK\x03\x04") + 30 + struct.unpack_from("<H", content, 26)[0]
    return content[: start + 3] + b"\xaa" * 8 + content[start + 11 :]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (damaged(zip_of(("a.csv", b"0123456789" * 9), ("b.csv", b"2"))), "ZP-005"),
        (locked(zip_of(("a.csv", b"1"), ("b.csv", b"2")), b"a.csv"), "ZP-003"),
        (zip_of((entry("a.csv", attributes=SYMBOLIC_LINK), b"/etc/passwd"), ("b.csv", b"2")), "ZP-006"),
        (zip_of((entry("a.csv", attributes=0o010644 << 16), b""), ("b.csv", b"2")), "ZP-006"),
        (in_directory(zip_of(("a.csv", b"1"), ("b.csv", b"2")), 10, b"\x09\x00"), "ZP-005"),
    ],
    ids=["damaged", "locked", "link", "pipe", "other compression"],
)
def test_a_file_that_cannot_be_taken_out_keeps_no_other_in(folder: Path, content: bytes, rule: str) -> None:
    members = apart(folder, content)["members"]
    assert [(member["name"], member["rule"]) for member in members] == [("a.csv", rule), ("b.csv", None)]
    assert (folder / "member_2").read_bytes() == b"2"
    assert not (folder / "member_1").is_symlink()


def overlapping() -> bytes:
    """Two entries of the directory that share the bytes of one file."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = bytearray(zip_of(("a.csv", b"1"), ("a.csv", b"2")))
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = bytes(4)
    return bytes(content)


BOMB = zip_of(("a.csv", bytes(60 * MIB)))
FOUR = zip_of(*((f"{number}.csv", b"") for number in range(4)))


@pytest.mark.parametrize(
    ("content", "limits", "rule", "found"),
    [
        (zip_of(), {}, "ZP-001", None),
        (zip_of(("__MACOSX/._a", b"1"), ("folder/", b"")), {}, "ZP-001", None),
        (zip_of(("a.csv", b"1"))[:-30], {}, "ZP-002", "File is not a zip file"),
        (locked(zip_of(("a.csv", b"1")), b"a.csv"), {}, "ZP-003", None),
        (BOMB, {}, "ZP-004", "> 50 MiB"),
        (zip_of(("a.zip", BOMB), ("b.csv", b"1")), {}, "ZP-004", "> 50 MiB"),
        (zip_of(("a.csv", bytes(4 * MIB))), {"memory_mb": 2}, "ZP-004", "> 2 MiB"),
        (FOUR, {"max_members": 3}, "ZP-004", "> 3 个文件 files"),
        (zip_of(("a.zip", FOUR)), {"max_members": 4}, "ZP-004", "> 4 个文件 files"),
        (overlapping(), {}, "ZP-004", "重叠 overlapping"),
        (in_directory(zip_of((entry(b"\xff\xfe.csv"), b"1")), 8, b"\x00\x08"), {}, "ZP-002",
         "文件名不是所称的 UTF-8 a name is not the UTF-8 that it claims to be"),
        (zip_of(("word/document.xml", b"<a/>"), ("[Content_Types].xml", b"")), {}, "RD-013",
         "Word 文档 a Word document (docx)"),
        (zip_of(("mimetype", b"x"), ("META-INF/manifest.xml", b"")), {}, "RD-002", "ods/odt"),
    ],
)  # fmt: skip
def test_an_archive_that_may_not_be_taken_apart_is_refused_as_a_whole(
    folder: Path, content: bytes, limits: dict[str, int], rule: str, found: str | None
) -> None:
    assert refused(folder, content, **limits) == (rule, found)


def test_an_archive_that_claims_to_be_small_writes_no_more_than_it_claims(folder: Path) -> None:
    (member,) = apart(folder, in_directory(BOMB, 24, struct.pack("<I", 10)))["members"]
    assert member["rule"] == "ZP-005"
    assert (folder / "member_1").stat().st_size <= 10


def test_many_small_files_within_the_limits_are_all_taken(folder: Path) -> None:
    entries = [(f"{number}.csv", b"%d" % number) for number in range(1000)]
    assert names(folder, *entries) == [name for name, _ in entries]


@pytest.mark.parametrize("name", ["a.xlsx", "a.zip"])
def test_a_workbook_is_no_archive_and_an_archive_of_workbooks_no_workbook_whatever_their_names(
    tmp_path: Path, name: str
) -> None:
    workbook = zip_of(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"))
    path = tmp_path / name
    path.write_bytes(workbook)
    assert not readers_zip.is_archive(path, workbook, name)
    path.write_bytes(workbook[:-10])
    assert not readers_zip.is_archive(path, workbook[:-10], name)
    of_workbooks = zip_of(("1.xlsx", workbook), ("2.xlsx", workbook))
    path.write_bytes(of_workbooks)
    assert readers_zip.is_archive(path, of_workbooks, name)


def test_what_is_left_of_a_damaged_file_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "left"
    path.write_bytes(b"PK\x03\x04 and nothing more")
    assert not readers_zip.is_archive(path, path.read_bytes(), "结果.XLSX")
    with pytest.raises(Refused) as refused:
        readers_zip.is_archive(path, path.read_bytes(), "结果.zip")
    assert refused.value.rule == "ZP-002"


def test_a_failure_of_the_machine_is_never_the_archives(folder: Path) -> None:
    content = zip_of(("a.csv", b"1"))
    with pytest.raises(FileNotFoundError):
        readers_zip.is_archive(folder / "gone.zip", content, "gone.zip")
    folder.rmdir()
    with pytest.raises(FileNotFoundError):
        apart(folder, content)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_altered_in_an_archive_it_is_refused_or_taken_apart_in_its_folder(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(zip_of(("a.csv", b"0123456789" * 5), (in_gbk("名.csv"), b"1"), ("b.zip", zip_of(("c", b"1")))))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("fuzz") / "scratch"
    folder.mkdir()
    source = folder / "source"
    source.write_bytes(content)
    try:
        if readers_zip.is_archive(source, bytes(content[:4096]), "a.zip"):
            request = {"folder": str(folder), "max_expansion": 200, "max_members": 1000, "memory_mb": 64}
            told = readers_zip.taken_apart(source, request)
            assert all(member["rule"] in (None, *READING_PROBLEMS) for member in told["members"])
    except Refused as error:
        assert error.rule in READING_PROBLEMS
    assert {path.name.partition("_")[0] for path in folder.parent.rglob("*")} <= {"scratch", "source", "member"}
    assert io.BytesIO(content).getvalue() == source.read_bytes()
