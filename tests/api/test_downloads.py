"""/v1/downloads: what is listed, the files behind it, and the data package that describes them."""

from __future__ import annotations

import codecs
import hashlib
from io import BytesIO
from typing import Any

import httpx
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from api.lookup_rows import DownloadRow
from api.models import Table
from tests.api.release_files import cell, published_sample, release_id, write_release
from warehouse.contract import table_contracts
from warehouse.release import part_path
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    samples = [
        published_sample(1, product_name="=1+1"),
        published_sample(2),
        published_sample(3, quarter="2025Q4"),
        published_sample(4, feed="market"),
    ]
    write_release(settings, 1, cells=[cell(n_conforming=1)], samples=samples[:2], flip=False)
    return write_release(settings, 2, cells=[cell(n_conforming=1)], samples=samples)


def _items(client: httpx.Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/v1/downloads{query}")
    assert answer.status_code == 200, answer.text
    Table[DownloadRow].model_validate_json(answer.content)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_every_file_of_the_release_is_listed_and_is_what_the_list_says(client: httpx.Client) -> None:
    items = _items(client)
    assert [(row["feed"], row["quarter"], row["n_rows"]) for row in items] == [
        ("food", "2025Q4", 1), ("food", "2026Q2", 2), ("market", "2026Q2", 1),
    ]  # fmt: skip
    for row in items:
        body = client.get(row["parquet"]).content
        assert (len(body), hashlib.sha256(body).hexdigest()) == (row["n_bytes"], row["sha256"])
        rows = pq.read_table(BytesIO(body))
        assert rows.num_rows == row["n_rows"]
        assert set(rows.column("quarter").to_pylist()) == {row["quarter"]}
        assert row["terms_zh"] and row["terms_en"] and row["terms_url"] is None


def test_filters_and_pages_and_earlier_releases(client: httpx.Client) -> None:
    assert [row["feed"] for row in _items(client, "?quarter=2026YTD")] == ["food", "market"]
    assert [row["quarter"] for row in _items(client, "?feed=food&quarter=2025Q4")] == ["2025Q4"]
    first = client.get("/v1/downloads?limit=2").json()
    assert (first["meta"]["total"], len(client.get(first["links"]["next"]).json()["items"])) == (3, 1)
    (earlier,) = _items(client, f"?as_of={release_id(1)}")
    assert earlier["sha256"] in {row["sha256"] for row in _items(client)}
    csv = pa_csv.read_csv(BytesIO(client.get("/v1/downloads?format=csv").content))
    assert csv.column_names == list(DownloadRow.model_fields)


def test_the_csv_has_the_same_rows_and_no_formula(client: httpx.Client) -> None:
    row = next(row for row in _items(client) if row["n_rows"] == 2)
    answer = client.get(row["csv"])
    assert answer.headers["content-type"].startswith("text/csv")
    rows = pa_csv.read_csv(BytesIO(answer.content))
    assert rows.column_names == [column.name for column in table_contracts("parts")["samples"].columns]
    assert sorted(rows.column("product_name").to_pylist()) == ["'=1+1", "郫县豆瓣"]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_file_is_kept_for_ever_by_whoever_has_it(client: httpx.Client, kind: str) -> None:
    path = _items(client)[0][kind]
    answer = client.get(path)
    tag = answer.headers["etag"]
    assert tag.startswith('"') and answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    head = client.head(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)


@pytest.mark.parametrize("name", ["0" * 64 + ".parquet", "nothing.csv", "..%2f..%2fcurrent.csv"])
def test_what_is_no_file_is_not_found(client: httpx.Client, name: str) -> None:
    assert client.get(f"/v1/downloads/{name}").status_code == 404


def test_the_data_package_describes_every_file_with_the_columns_of_the_contract(
    client: httpx.Client, settings: Settings
) -> None:
    package = client.get(f"/v1/downloads/datapackage.json?as_of={release_id(2)}").json()
    assert (package["profile"], package["version"]) == ("data-package", release_id(2))
    assert package["licenses"][0]["title"]
    assert len(package["resources"]) == 6
    fields = [(column.name, column.logical_type) for column in table_contracts("parts")["samples"].columns]
    for resource in package["resources"]:
        assert [(field["name"], field["type"]) for field in resource["schema"]["fields"]] == fields
        assert all(field["description"] for field in resource["schema"]["fields"])
        body = client.get(f"/v1/downloads/{resource['path']}").content
        if resource["format"] == "parquet":
            assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
            assert part_path(settings, resource["path"].removesuffix(".parquet")).stat().st_size == resource["bytes"]
        else:
            assert body.startswith(codecs.BOM_UTF8)
            header = body.decode(resource["encoding"]).splitlines()[0]
            assert header == ",".join(f'"{name}"' for name, _ in fields)
