"""The words of a vendor's pages: every act of the log, and how failed checks are counted."""

import re
from pathlib import Path

import pytest

import vendor_risk
from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import Evidence, Severity, failed
from vendor_risk.reports.acts import ACTS
from vendor_risk.store.queries.history import UNTOLD
from vendor_risk.web.vendors.profile_views import failed_words

SEEN = Evidence("value", "command")
# A host name that looks like an act cannot stand in these modules, so every match is an act.
ACT = re.compile(r'"((?:vendor|engagement|intake|report|response)\.[a-z_]+)"')
WRITTEN = sorted(
    {
        act
        for path in (Path(vendor_risk.__file__).parent / "workflow").rglob("*.py")
        for act in ACT.findall(path.read_text())
    }
    - set(UNTOLD)
)


def test_acts_are_found():
    """The search below reads what it should."""
    assert {"vendor.created", "engagement.added", "intake.submitted", "response.returned"} <= set(
        WRITTEN
    )


@pytest.mark.parametrize("act", WRITTEN)
def test_every_act_that_history_shows_has_words(act):
    """Nobody reads names of the log."""
    assert act in ACTS


def fault(check, host, severity):
    return severity, Judged(check, "DP-01", host, failed(SEEN, "wrong", severity=severity))


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ([], "0 checks failed"),
        ([("web.hsts", "a.example", Severity.LOW)], "1 check failed"),
        (
            [
                ("web.hsts", "a.example", Severity.LOW),
                ("web.hsts", "b.example", Severity.LOW),
                ("dns.caa", "a.example", Severity.MEDIUM),
            ],
            "2 checks failed in 3 places",
        ),
        (
            [
                ("web.hsts", "a.example", Severity.LOW),
                ("dns.caa", "a.example", Severity.INFORMATIONAL),
            ],
            "1 check failed, 1 note",
        ),
    ],
)
def test_failed_checks_are_counted_as_in_the_list(app, faults, words):
    """A check that fails on many hosts is one check; what is only informational is a note."""
    with app.test_request_context():
        assert failed_words([fault(*one) for one in faults]) == words
