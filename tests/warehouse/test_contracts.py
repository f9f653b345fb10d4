"""The contracts are Open Data Contract Standard 3.1, as other tools read it; a comma too many is noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import open_data_contract_standard
import pytest
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

CONTRACTS = sorted((Path(__file__).parents[2] / "warehouse" / "contracts").glob("*.odcs.yaml"))
STANDARD = json.loads((Path(open_data_contract_standard.__file__).parent / "schema.json").read_text(encoding="utf-8"))


def _found_wrong(contract: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in jsonschema.validators.validator_for(STANDARD)(STANDARD).iter_errors(contract)
    ]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_a_contract_is_what_the_standard_asks_for(path: Path) -> None:
    contract = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert _found_wrong(contract) == []
    assert contract["apiVersion"] == "v3.1.0"


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_the_standards_own_reader_finds_every_column(path: Path) -> None:
    contract = yaml.safe_load(path.read_text(encoding="utf-8"))
    read = OpenDataContractStandard.from_file(str(path))
    assert [[column.name for column in table.properties or []] for table in read.schema_ or []] == [
        [column["name"] for column in table["properties"]] for table in contract["schema"]
    ]


def test_every_contract_was_found() -> None:
    names = {path.name.removesuffix(".odcs.yaml") for path in CONTRACTS}
    assert names >= {"market", "food", "construction", "lake", "release"}


def test_a_property_that_the_standard_does_not_know_is_noticed() -> None:
    contract = yaml.safe_load(CONTRACTS[0].read_text(encoding="utf-8"))
    contract["schema"][0]["properties"][0]["food or construction"] = None
    assert any("food or construction" in message for message in _found_wrong(contract))
