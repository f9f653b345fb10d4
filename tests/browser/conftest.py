"""A real Chromium over a real server; where there is no Chromium, these tests fail and say so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.api.followed import recall
from tests.api.release_files import PREFECTURES, cell, published_sample, version, warning, write_release
from tests.api.server import serve
from warehouse.settings import Settings

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM.is_file(), f"these tests need Chromium at {CHROMIUM}"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), duckdb_memory="512MB")
    settings.releases.mkdir()
    samples = [published_sample(k, product_name=f"豇豆{k}号") for k in range(30)]
    warnings = _warnings()
    versions = [version(k, warning["version"], told_in=1) for k, warning in enumerate(warnings, start=1)]
    others = {"mart_recalls": _recalls()}
    write_release(settings, 1, cells=_cells(), warnings=warnings, versions=versions, samples=samples, others=others)
    with serve(settings) as served:
        yield served


@pytest.fixture(params=["desktop", "phone"])
def screen(request: pytest.FixtureRequest) -> dict[str, int]:
    sizes = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
    return sizes[request.param]


@pytest.fixture
def context(browser: Browser, address: str, screen: dict[str, int]) -> Iterator[BrowserContext]:
    """Without JavaScript, as the pages must be readable."""
    made = browser.new_context(base_url=address, viewport=screen, java_script_enabled=False)  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that has asked for nothing but this server, and found all of it."""
    made = context.new_page()
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(message.text))
    made.on("requestfailed", lambda request: complaints.extend(_failure(request)))
    made.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    yield made
    assert complaints == []


def _failure(request: Request) -> list[str]:
    """A request that failed; one that the browser itself gave up because the page was left is none."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"failed: {request.url}: {request.failure}"]


def _cells() -> list[dict[str, object]]:
    cells = []
    for position, (code, _) in enumerate(PREFECTURES):
        n = 18 if code == "513200" else 120 + 10 * position
        for quarter in ("2026Q1", "2026Q2"):
            failed = position % 5
            cells.append(
                cell(
                    quarter=quarter, prefecture_code=code, n_conforming=n - failed, n_nonconforming=failed,
                    n_provisional=int(code == "510500" and failed > 0),
                )
            )  # fmt: skip
        cells.append(cell(sampling_type="supervision", prefecture_code=code, n_conforming=200, n_nonconforming=12))
    cells.append(cell(prefecture_code="unknown", n_conforming=55, n_nonconforming=2, n_held=40))
    cells.append(cell(prefecture_code="unknown", province_code="unknown", n_conforming=7))
    cells.append(
        cell(
            feed="construction", sampling_type="inspection", category_code="C01", n_conforming=900, n_nonconforming=100,
            n_inspections=50, sum_points_squared=20_000.0, sum_conforming_squared_per_point=815.0,
        )
    )  # fmt: skip
    return cells


def _warnings() -> list[dict[str, object]]:
    warnings = [warning(number, issued_on=date(2026, 6, number)) for number in range(1, 26)]
    warnings[24] |= {
        "feed": "market", "hazard_code": "electric", "category_code": "M01", "product_name": "电热毯",
        "headline_zh": "某品牌电热毯有触电危险", "producer_name": None, "sampled_unit_name": "张*经营部",
    }  # fmt: skip
    warnings[23] |= {
        "found_zh": ["克百威：检出 0.31 mg/kg，标准要求不超过 0.02 mg/kg"],
        "found_en": ["carbofuran: 0.31 mg/kg, where at most 0.02 mg/kg is allowed"],
    }
    warnings[22] |= {"state": "withdrawn", "version": 2, "reason_zh": "复检合格", "reason_en": "passed the second test"}
    return warnings


def _recalls() -> list[dict[str, object]]:
    about = [{"warning_id": "W2026-TEST000025", "matched_by": "producer_and_product"}]
    return [
        recall(
            1, spec="DR-150（单人）", brand="暖冬", produced_from=date(2025, 3, 1), produced_to=date(2025, 4, 30),
            n_units=1200, warnings=about,
        ),
        recall(2, product_name="儿童玩具车", producer_name="某玩具公司", status="withdrawn", kind="ordered"),
    ]  # fmt: skip
