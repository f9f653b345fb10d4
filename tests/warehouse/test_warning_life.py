"""A warning's life under whatever happens: reports, corrections, second tests, objections, reviews, clocks, repeats.

The statements and the identification of warnings run as in a release, on a connection in memory without lake and files.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from pipelines.build import create, take
from pipelines.warnings import make
from pipelines.warnings.standings import Standing
from tests.warehouse.builder import FINDING
from warehouse import lake
from warehouse.connect import Connection, connect, sql_text
from warehouse.finality import final_after
from warehouse.hazard_severity import severities_table
from warehouse.lake import schema
from warehouse.reference import hazards_table, objection_windows
from warehouse.settings import Settings
from warehouse.warning_policy import policies, policies_table

FIRST_DAY = date(2026, 1, 5)
KEYS = ("1", "2", "3", "4", "5")
PRODUCERS = {"1": "甲食品有限公司", "2": "甲食品有限公司", "3": "乙食品有限公司", "4": "乙食品有限公司", "5": None}
REVIEWS = ("warning_approve", "warning_hold", "warning_withdraw")


@dataclass
class Truth:
    """What is true of one sample, as an independent oracle keeps it."""

    key: str
    hazard: str = "pathogen"
    is_failed: bool = True
    is_disowned: bool = False
    has_notice: bool = False
    sampling_type: str = "supervision"
    concluded_on: date = FIRST_DAY
    received_on: date = FIRST_DAY
    reinspection: str | None = None
    objection: str | None = None
    decision: str | None = None

    def final_on(self) -> date | None:
        window = objection_windows()["food"]
        return final_after(window, self.concluded_on + timedelta(days=window.delivery_days))

    def is_final(self, today: date) -> bool:
        if self.has_notice or self.reinspection == "upheld":
            return True
        final = self.final_on()
        return self.reinspection != "pending" and final is not None and final <= today

    def status(self) -> str:
        if self.is_disowned or self.objection == "disowned":
            return "disowned"
        if self.objection == "disputed":
            return "disputed"
        return "named" if PRODUCERS[self.key] else "unnamed"

    def row(self) -> dict[str, Any]:
        return {
            "feed": "food", "quarter": "2026Q1", "sample_key": f"k{self.key}", "sample_no": f"DC{self.key}",
            "sampling_type": self.sampling_type, "stage": "distribution", "province_code": "510000",
            "prefecture_code": "510100", "category_code": "unknown", "product_name": "豆腐干", "spec": None,
            "brand": None, "batch_or_date": None, "sampled_unit_name": "成都某某超市有限公司",
            "producer_name": PRODUCERS[self.key],
            "producer_status": "disowned" if self.is_disowned else "named" if PRODUCERS[self.key] else "unnamed",
            "findings": [FINDING | {"hazard_code": self.hazard}], "notice_no": "N1" if self.has_notice else None,
            "is_out_of_province": False, "is_conflicting": False,
            "final_on": self.final_on(), "published_on": None,
            "received_at": datetime.combine(self.received_on, datetime.min.time(), UTC),
            "concluded_on": self.concluded_on, "seen_on": self.concluded_on,
        }  # fmt: skip


def _failures_schema() -> pa.Schema:
    samples = {field.name: field.type for field in schema("samples")}
    extra: dict[str, pa.DataType] = {
        "is_conflicting": pa.bool_(),
        "final_on": pa.date32(),
        "seen_on": pa.date32(),
    }
    return pa.schema([pa.field(name, samples.get(name, extra.get(name))) for name in Truth("1").row()])


FAILURES = _failures_schema()


@dataclass
class Office:
    """The tables of a build, and what was told so far; a repetition of the same day tells nothing."""

    connection: Connection
    dispositions: list[dict[str, Any]] = field(default_factory=list)
    measures: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    n_releases: int = 0
    is_reviewed: bool = False

    def stand(self, truths: dict[str, Truth], today: date) -> list[Standing]:
        """How the warnings stand after what was told so far."""
        connection = self.connection
        failed = [truth.row() for truth in truths.values() if truth.is_failed]
        take(connection, "core_failures", pa.Table.from_pylist(failed, FAILURES))
        create(connection, "core_warned")
        policy = replace(policies()["food"], review="review" if self.is_reviewed else "auto")
        take(connection, "given_policies", policies_table({"food": policy}))
        take(connection, "lake_measures", pa.Table.from_pylist(self.measures, lake.schema("measures")))
        take(connection, "core_receipts", pa.table({"batch_id": ["b"], "attempt_id": ["a"]}))
        take(connection, "lake_dispositions", pa.Table.from_pylist(self.dispositions, lake.schema("dispositions")))
        take(connection, "lake_warning_events", pa.Table.from_pylist(self.told, lake.schema("warning_events")))
        for name in ("core_measures", "core_follow_ups"):
            create(connection, name)
        make.find_candidates(connection, today)
        return make.stand(connection, today)

    def publish(self, truths: dict[str, Truth], today: date) -> list[Standing]:
        """A release, and what it tells."""
        standings = self.stand(truths, today)
        self.n_releases += 1
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=self.n_releases)
        make.fill_marts(self.connection, standings, at)
        self.told += make.events_table(standings, f"r{self.n_releases}", at).to_pylist()
        return standings

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.execute(query).fetchall()]


REPORT = st.fixed_dictionaries(
    {
        "hazard": st.sampled_from(["pathogen", "pathogen", "additive", "label"]),
        "has_notice": st.booleans(),
        "days_before": st.sampled_from([0, 3, 10, 40, 400]),
        "sampling_type": st.sampled_from(["supervision", "supervision", "evaluation", "risk_monitoring"]),
        "is_disowned": st.sampled_from([False, False, False, True]),
    }
)
KEY = st.sampled_from(KEYS)
SAYS = st.sampled_from(["office", "agency"])
EVENT = st.one_of(
    st.tuples(st.just("report"), KEY, REPORT),
    st.tuples(st.just("correct"), KEY, st.none()),
    st.tuples(st.just("reinspection"), KEY, st.tuples(SAYS, st.sampled_from(["pending", "upheld", "overturned"]))),
    st.tuples(st.just("objection"), KEY, st.tuples(SAYS, st.sampled_from(["disputed", "upheld", "disowned"]))),
    st.tuples(st.just("review"), KEY, st.sampled_from([*REVIEWS, "warning_edit"])),
    st.tuples(st.just("mode"), KEY, st.none()),
)


class WarningLife(RuleBasedStateMachine):
    connection: Connection

    @initialize(reports=st.tuples(*[REPORT] * len(KEYS)))
    def begin(self, reports: tuple[dict[str, Any], ...]) -> None:
        self.truths: dict[str, Truth] = {}
        self.today = FIRST_DAY
        self.office = Office(self.connection)
        self.standings: list[Standing] = []
        for key, said in zip(KEYS, reports, strict=True):
            self._report(key, said)
        self._publish()

    @rule(events=st.lists(EVENT, min_size=1, max_size=4), days=st.sampled_from([0, 1, 5, 12, 40, 370]))
    def live(self, events: list[tuple[str, str, Any]], days: int) -> None:
        """Something happens, in any order, time passes, and what then holds is published."""
        for kind, key, said in events:
            if kind == "report":
                self._report(key, said)
            elif kind == "correct":
                self.truths[key].is_failed = False
            elif kind == "mode":
                self.office.is_reviewed = not self.office.is_reviewed
            elif kind == "review":
                self._review(key, said)
            else:
                who, outcome = said
                setattr(self.truths[key], kind, outcome)
                if who == "office":
                    self._dispose(kind, f"DC{key}", outcome=outcome)
                else:
                    self._measure(kind, f"DC {key}", outcome)
        self.today += timedelta(days=days)
        self._publish()
        if not days:
            self._repeat()

    def _report(self, key: str, said: dict[str, Any]) -> None:
        """A report comes, the first or a correction of whatever was said before."""
        given = {name: said[name] for name in ("hazard", "has_notice", "sampling_type")}
        self.truths[key] = replace(
            self.truths.get(key, Truth(key)),
            is_failed=True,
            concluded_on=self.today - timedelta(days=said["days_before"]),
            received_on=self.today,
            is_disowned=said["is_disowned"] and PRODUCERS[key] is not None,
            **given,
        )

    def _review(self, key: str, kind: str) -> None:
        """The office decides on a warning: on its sample, and on that of the same product and producer."""
        keys = [each for each in KEYS if PRODUCERS[each] == PRODUCERS[key]]
        details: dict[str, Any] = {"samples": [f"k{each}" for each in keys]}
        if kind == "warning_edit":
            details |= {"advice_zh": "请退货。", "advice_en": "Return it."}
        else:
            for each in keys:
                self.truths[each].decision = kind
        self._dispose(kind, "W2026-X", details=json.dumps(details), reason="某理由")

    def _publish(self) -> None:
        ids = {each.warning_id for each in self.standings}
        told = list(self.office.told)
        self.standings = self.office.publish(self.truths, self.today)
        assert self.office.told[: len(told)] == told
        assert ids <= {each.warning_id for each in self.standings}
        self._check_samples()
        self._check_names()
        self._check_record()

    def _repeat(self) -> None:
        """The same once more tells nothing."""
        again = self.office.stand(self.truths, self.today)
        assert [(each.warning_id, each.version, each.event) for each in again] == [
            (each.warning_id, each.version, None) for each in self.standings
        ], "a repetition told something"

    def _dispose(self, kind: str, subject: str, **said: Any) -> None:
        number = self._n_words()
        self.office.dispositions.append(
            {
                "feed": "food",
                "disposition_id": f"d{number:04}",
                "kind": kind,
                "subject": subject,
                "decided_by": "某科",
                "decided_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number),
                "envelope_id": "e",
                **said,
            }
        )

    def _measure(self, kind: str, subject: str, result: str) -> None:
        self.office.measures.append(
            {
                "feed": "food",
                "subject": subject,
                "kind": kind,
                "happened_on": date(2026, 1, 1) + timedelta(days=self._n_words()),
                "authority": "某局",
                "result": result,
                "batch_id": "b",
                "attempt_id": "a",
                "file_name": "m.csv",
                "sheet": "",
                "source_row": 2 + len(self.office.measures),
                "received_at": datetime(2026, 1, 1, tzinfo=UTC),
            }
        )

    def _n_words(self) -> int:
        """How much was said so far, of whoever: each word is a day later than the one before."""
        return len(self.office.dispositions) + len(self.office.measures)

    def _check_samples(self) -> None:
        """Each failure stands in one warning or one recorded decision, and only what may be told is told."""
        told = [key for each in self.standings if each.group for key in each.sample_keys]
        recorded = dict(self.office.rows("SELECT sample_key, reason FROM office_mart_warning_candidates"))
        failed = {f"k{truth.key}": truth for truth in self.truths.values() if truth.is_failed}
        assert sorted([*told, *recorded]) == sorted(failed)
        before = {key for event in self.office.told for key in event["sample_keys"]}
        for key, truth in failed.items():
            may = (
                truth.is_final(self.today)
                and truth.reinspection != "overturned"
                and truth.sampling_type != "risk_monitoring"
                and truth.decision not in ("warning_withdraw", "warning_hold")
            )
            must = may and truth.hazard != "label" and (not self.office.is_reviewed or truth.decision == REVIEWS[0])
            assert key not in told or may, (key, truth, recorded)
            assert key in told or not must, (key, truth, recorded)
            # Below the threshold or without approval only what the public had read before stays.
            assert key not in told or must or key in before
        states = dict(self.office.rows("SELECT sample_key, state FROM office_mart_warning_candidates"))
        assert {recorded[key] for key, state in states.items() if state == "ready"} <= {"held", "awaits_review"}
        assert self.office.rows("SELECT count(*) FROM public_mart_warning_candidates") == [(0,)]

    def _check_names(self) -> None:
        """Nobody who denies having made the goods, or was impersonated, is named of them, in no version."""
        contents = self.office.rows(
            "SELECT warning_id, version, to_json(w)::VARCHAR FROM public_mart_warnings AS w"
            " UNION ALL SELECT warning_id, version, content FROM public_mart_warning_versions WHERE content IS NOT NULL"
        )
        samples = {(event["warning_id"], event["version"]): event["sample_keys"] for event in self.office.told}
        for warning_id, version, content in contents:
            for key in samples[warning_id, version]:
                truth = self.truths[key[1:]]
                name = PRODUCERS[truth.key]
                if truth.is_failed and name and truth.status() in ("disputed", "disowned"):
                    assert name not in content, (warning_id, version, truth)

    def _check_record(self) -> None:
        """Versions count up from 1, states follow on each other, and the release carries every one of them."""
        chains: dict[str, list[dict[str, Any]]] = {}
        for event in self.office.told:
            chains.setdefault(event["warning_id"], []).append(event)
        for events in chains.values():
            assert [event["version"] for event in events] == list(range(1, len(events) + 1))
            assert [event["state_before"] for event in events] == [None, *(e["state_after"] for e in events[:-1])]
            assert all(event["reason"] for event in events if event["event"] != "issued")
        assert {each.warning_id for each in self.standings} == set(chains)
        kept = self.office.rows("SELECT warning_id, version FROM public_mart_warning_versions ORDER BY ALL")
        assert kept == sorted((event["warning_id"], event["version"]) for event in self.office.told)
        current = self.office.rows("SELECT warning_id, version, state FROM public_mart_warnings ORDER BY ALL")
        assert current == sorted((each.warning_id, each.version, each.state) for each in self.standings)


def test_whatever_happens_each_failure_is_told_or_recorded_and_nothing_that_was_told_disappears(tmp_path: Path) -> None:
    with connect(Settings(home=tmp_path, duckdb_threads=1)) as connection:
        take(connection, "given_hazards", hazards_table())
        take(connection, "given_severities", severities_table())
        create(connection, "core_hazards")
        connection.execute(sql_text("marts/warning_macros"))
        make.take_policy(connection)
        machine = type("Life", (WarningLife,), {"connection": connection})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=int(os.environ.get("CHOUCHA_LIVES", "8")),
                stateful_step_count=6,
                deadline=None,
                derandomize="CI" in os.environ,
                suppress_health_check=list(HealthCheck),
            ),
        )
