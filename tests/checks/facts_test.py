"""How a declared fact meets an observation."""

import pytest

from tests.checks.healthy import dns, observations
from vendor_risk.checks.facts import FACTS, VALUES_LIMIT, Fact, fact, facts
from vendor_risk.checks.observations import Unreachable


@pytest.fixture
def declare():
    """Declare a fact for one test only, alone."""
    before = dict(FACTS)
    FACTS.clear()
    yield lambda read, **wants: fact(id="dns.example", title="An example", **wants)(read)
    FACTS.clear()
    FACTS.update(before)


def test_a_fact_shows_what_was_read(declare):
    """Its values come in the order of the declaration."""
    declare(lambda dns: dns.answer("shop.example", "A").rdata)

    assert facts(observations()) == (Fact("dns.example", "An example", ("192.0.2.10",)),)


@pytest.mark.parametrize("part", [Unreachable("timed out"), dns({("shop.example", "A"): ()})])
def test_nothing_seen_is_no_fact(declare, part):
    """An unseen part and an empty one leave nothing to show."""
    declare(lambda dns: dns.answer("shop.example", "A").rdata)

    assert facts(observations(dns=part)) == ()


def test_what_a_host_sends_is_made_harmless_and_cut(declare):
    """Control characters of a zone do not reach a terminal, and no list is endless."""
    declare(lambda dns: ("a\x1b[31m" for _ in range(10_000)))

    (shown,) = facts(observations())

    assert len(shown.values) == VALUES_LIMIT
    assert "\x1b" not in shown.values[0]


def test_a_fact_is_declared_once(declare):
    """Two facts of one name are an error at import."""
    declare(lambda dns: ())

    with pytest.raises(ValueError, match="declared twice"):
        declare(lambda dns: ())


def test_a_fact_reads_parts_of_an_observation(declare):
    """A misspelt parameter is an error at import."""
    with pytest.raises(ValueError, match="no part of an observation"):
        declare(lambda dms: ())
