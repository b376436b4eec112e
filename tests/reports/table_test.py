"""Rows on the page and rows in the CSV."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports.cases import CHECKS, HEALTHY, HOST, TERRIBLE, judged, look, report
from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import Evidence, HostClass, Severity, failed, unknown
from vendor_risk.reports.report import Report
from vendor_risk.reports.table import (
    Blind,
    blind,
    cell,
    details,
    findings_csv,
    rows_shown,
    unjudged,
)


def many(hosts: int) -> Report:
    names = [f"h{n:03d}.example" for n in range(hosts)]
    outcomes = [one for name in names for one in judged(TERRIBLE, name)]
    return report(judged=outcomes, looks=[look(name) for name in names])


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_csv_holds_every_finding() -> None:
    """One row each, in the order of the report."""
    some = many(3)
    assert [(row["check"], row["host"]) for row in rows(findings_csv(some))] == [
        (fault.check, fault.host) for fault in some.faults
    ]


def test_a_row_of_the_csv_says_all_there_is_to_say() -> None:
    """Severity, finding, evidence, command, fix, reference and due date, as exact text."""
    some = report(
        judged=judged({"dns.caa": TERRIBLE["dns.caa"]}), dues={("dns.caa", HOST): date(2026, 12, 1)}
    )
    (row,) = rows(findings_csv(some))
    assert row == {
        "severity": "low",
        "check": "dns.caa",
        "control": "DN-01",
        "host": HOST,
        "finding": "No CAA record up to the top-level domain",
        "requirement": "The zone says which authorities may issue certificates",
        "effect": "Any of some hundred authorities may otherwise be tricked into a certificate "
        "for the name.",
        "points": "2",
        "due": "2026-12-01",
        "fix": "Publish a CAA record that names the authority in use.",
        "value": "shop.example: no CAA record; example: none",
        "command": "dig +short CAA shop.example",
        "references": "https://www.rfc-editor.org/rfc/rfc8659",
    }


def test_the_csv_opens_in_a_spreadsheet() -> None:
    """A byte order mark, or the letters of other languages come out wrong."""
    assert findings_csv(report()).startswith(b"\xef\xbb\xbfseverity,")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    """What a hostile host says is text in every spreadsheet."""
    assert cell(text) == "'" + text


@pytest.mark.parametrize("text", ["v=spf1 -all", "plain", "", "'quoted"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    """Only what begins like a formula is touched."""
    assert cell(text) == text


def test_hostile_evidence_is_escaped_in_the_csv() -> None:
    """The value, the reason and the host all pass through the same gate."""
    evil = failed(Evidence("=cmd|'/c calc'!A1", "@x"), "+reason", severity=Severity.LOW)
    (row,) = rows(findings_csv(report(judged=judged({"dns.caa": evil}))))
    assert (row["value"], row["command"], row["finding"]) == (
        "'=cmd|'/c calc'!A1",
        "'@x",
        "'+reason",
    )


def test_all_rows_are_shown_while_there_is_room() -> None:
    """A limit that is not reached changes nothing."""
    some = many(2)
    assert rows_shown(some.faults, 300) == some.faults


@given(st.integers(0, 80))
def test_what_takes_points_is_always_shown(limit: int) -> None:
    """The sum at the foot of the table stays checkable, however many rows are left out."""
    some = many(9)
    shown = rows_shown(some.faults, limit)
    assert sum(fault.points or 0 for fault in shown) == some.posture.taken
    counted = sum(fault.points is not None for fault in some.faults)
    assert len(shown) == max(counted, min(limit, len(some.faults)))


def test_shown_rows_keep_their_order() -> None:
    """Leaving rows out does not shuffle the rest."""
    some = many(9)
    places = [some.faults.index(fault) for fault in rows_shown(some.faults, 20)]
    assert places == sorted(places)


def test_details_gather_the_hosts_of_a_check() -> None:
    """One block for each check, the gravest first."""
    some = details(many(3).faults)
    assert [(one.check, len(one.faults)) for one in some][:2] == [
        ("tls.cert.expiry", 3),
        ("mail.dmarc.present", 3),
    ]


def test_hosts_that_are_blind_in_the_same_way_share_a_row() -> None:
    """Three silent hosts are one line, not forty-five."""
    names = ["a.example", "b.example", "c.example"]
    silent = dict.fromkeys(HEALTHY, unknown("timed out"))
    outcomes = [one for name in names for one in judged(silent, name)]
    looks = [look(name) for name in names]
    checks = tuple(sorted(check.id for check in CHECKS))
    assert blind(report(judged=outcomes, looks=looks).posture.unknown) == (
        Blind("Timed out", tuple(names), checks),
    )


def test_different_reasons_are_different_rows() -> None:
    """A reader sees which cause hides what, the largest blind spot first."""
    some = report(
        judged=judged(
            {
                "dns.caa": unknown("no answer"),
                "web.hsts": unknown("blocked"),
                "web.csp.present": unknown("blocked"),
            }
        )
    )
    assert [(row.reason, len(row.checks)) for row in blind(some.posture.unknown)] == [
        ("Blocked", 2),
        ("No answer", 1),
    ]


def test_outcomes_of_a_scan_are_grouped_alike() -> None:
    """What passed or failed is no blind spot."""
    silent = unknown("no extra handshakes")
    some = judged({"tls.dh": silent, "tls.ems": silent, "dns.caa": unknown("no answer")})
    assert unjudged(some) == (
        Blind("no extra handshakes", ("shop.example",), ("tls.dh", "tls.ems")),
        Blind("no answer", ("shop.example",), ("dns.caa",)),
    )


def test_a_fault_counts_on_its_worst_host_only() -> None:
    """The others have no points, not zero points."""
    outcomes: list[Judged] = [
        *judged({"web.hsts": TERRIBLE["web.hsts"]}, "a.example"),
        *judged({"web.hsts": TERRIBLE["web.hsts"]}, "b.example"),
    ]
    looks = [look("a.example", HostClass.OTHER), replace(look("b.example"))]
    some = report(judged=outcomes, looks=looks)
    assert [(fault.host, fault.points) for fault in some.faults] == [
        ("b.example", 6),
        ("a.example", None),
    ]
