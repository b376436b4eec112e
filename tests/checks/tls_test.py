"""What the checks of the encrypted connection say; each case spoils one fact."""

from datetime import timedelta

import pytest

from tests.checks.authority import NOON, chain, intermediate, leaf, root
from tests.checks.certificate_test import broken
from tests.checks.healthy import observations, tls
from vendor_risk.checks.observations import OBSERVATIONS, Failure, Unreachable
from vendor_risk.checks.tls import blemish, expiry, hostname, margin, reach, trust
from vendor_risk.evidence import Severity, Status

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
CRITICAL, HIGH = Severity.CRITICAL, Severity.HIGH
# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


@pytest.mark.parametrize(
    ("part", "status"),
    [
        (tls(), PASSED),
        (tls(protocol=None), PASSED),
        (tls(chain_pem=()), PASSED),
        (tls(chain_pem=(), protocol=None), UNKNOWN),
        (Unreachable("said no", Failure.REFUSED), FAILED),
        (Unreachable("said no", Failure.ALERT), FAILED),
        (Unreachable("connection refused"), FAILED),
        (Unreachable("TLS alert handshake_failure"), FAILED),
        (Unreachable("TLS alert “certificate required”", Failure.ALERT), UNKNOWN),
        (Unreachable("TLS alert bad_certificate"), UNKNOWN),
        (Unreachable("timed out after 10 s"), UNKNOWN),
        (Unreachable("connection reset by peer"), UNKNOWN),
        (Unreachable("DNS: name does not exist"), UNKNOWN),
        (Unreachable("the address is private", Failure.BLOCKED), UNKNOWN),
        (Unreachable("something else"), UNKNOWN),
    ],
)
def test_tls_reach(part, status):
    """A refusal is the host's answer; everything else may be our own trouble."""
    assert reach(observations(tls=part)).status is status


def test_the_reason_of_a_failed_look_is_kept():
    """The reader sees what happened."""
    outcome = reach(observations(tls=Unreachable("timed out after 10 s")))

    assert outcome.reason == "The host could not be seen: timed out after 10 s."


@pytest.mark.parametrize(
    ("pems", "status", "word"),
    [
        (chain(), PASSED, ""),
        ((leaf(root(), self_signed=True),), FAILED, "self-signed"),
        (chain()[:1], FAILED, "intermediate"),
        ((), UNKNOWN, "no certificate"),
        (("garbage",), UNKNOWN, "cannot be read"),
    ],
)
def test_tls_cert_trust(pems, status, word):
    """The reasons are the chain's; here it matters that they arrive."""
    outcome = trust(observations(tls=tls(chain_pem=pems)))

    assert (outcome.status, word in outcome.reason) == (status, True)


def test_an_expired_certificate_does_not_fail_twice():
    """tls.cert.expiry says it; trust is judged at the end of its life."""
    served = tls(chain_pem=chain(begin=NOON - timedelta(days=100)))

    assert trust(observations(tls=served)).status is PASSED


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (("shop.example",), PASSED),
        (("www.shop.example", "shop.example"), PASSED),
        (("*.shop.example",), FAILED),
        (("other.example",), FAILED),
        ((), FAILED),
    ],
)
def test_tls_cert_hostname(names, status):
    """The common name is shop.example in every one of them, and never counts."""
    assert hostname(observations(tls=tls(chain_pem=chain(names)))).status is status


@pytest.mark.parametrize(
    ("host", "names", "status"),
    [
        ("about.google", ("about.google",), PASSED),
        ("about.google", ("*.google", "about.google"), PASSED),
        ("www.about.google", ("*.about.google",), PASSED),
        ("about.google", ("*.google",), FAILED),
    ],
)
def test_a_company_with_a_top_label_of_its_own_is_judged_as_browsers_do(host, names, status):
    """They know no exception for it, and take no wildcard directly below."""
    outcome = hostname(observations(tls=tls(host=host, chain_pem=chain(names))))

    assert outcome.status is status
    assert ("*.google, and browsers" in outcome.reason) is (status is FAILED)


def test_names_that_cannot_be_read_are_unknown():
    """Nobody can say whom the certificate is for."""
    pem = leaf(intermediate(), (), extensions=(broken("2.5.29.17"),))

    assert hostname(observations(tls=tls(chain_pem=(pem,)))).status is UNKNOWN


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("begin", "life", "status", "severity"),
    [
        (NOON - 30 * DAY, 90 * DAY, PASSED, None),
        (NOON - 90 * DAY, 90 * DAY, FAILED, HIGH),
        (NOON - 90 * DAY - timedelta(seconds=1), 90 * DAY, FAILED, CRITICAL),
        (NOON + timedelta(seconds=1), 90 * DAY, FAILED, CRITICAL),
        (NOON, 90 * DAY, PASSED, None),
        (NOON - 76 * DAY, 90 * DAY, PASSED, None),
        (NOON - 76 * DAY - timedelta(seconds=1), 90 * DAY, FAILED, HIGH),
        (NOON - 4 * DAY, 6 * DAY, PASSED, None),
        (NOON - 4 * DAY - timedelta(seconds=1), 6 * DAY, FAILED, HIGH),
        (NOON - 39 * DAY, 47 * DAY, PASSED, None),
        (NOON - 40 * DAY, 47 * DAY, FAILED, HIGH),
        (NOON - 383 * DAY, 397 * DAY, PASSED, None),
        (NOON - 384 * DAY, 397 * DAY, FAILED, HIGH),
    ],
)
def test_tls_cert_expiry(begin, life, status, severity):
    """The margin is a sixth of the life, between two and fourteen days; the last second counts."""
    outcome = expiry(observations(tls=tls(chain_pem=chain(begin=begin, life=life))))

    assert (outcome.status, outcome.severity) == (status, severity)


def test_a_fraction_of_the_last_second_still_counts():
    """Dates of certificates have whole seconds."""
    served = tls(chain_pem=chain(begin=NOON - 90 * DAY, life=90 * DAY))
    at = NOON + timedelta(milliseconds=5)

    assert expiry(observations(tls=served, observed_at=at)).severity is HIGH


@pytest.mark.parametrize(("life", "days"), [(6, 2), (12, 2), (47, 47 / 6), (90, 14), (397, 14)])
def test_margin(life, days):
    """Two days for a six-day certificate, fourteen for all from 84 days on."""
    assert margin(NOON, NOON + life * DAY) == timedelta(days=days)


@pytest.mark.parametrize(
    ("part", "word"),
    [
        (tls(), None),
        (tls(chain_pem=chain(begin=NOON - 80 * DAY)), None),
        (tls(chain_pem=chain(begin=NOON - 100 * DAY)), "expired"),
        (tls(chain_pem=chain(("other.example",))), "not valid for"),
        (tls(extra_roots_pem=()), "Example Root"),
        (tls(chain_pem=()), None),
        (Unreachable("timed out"), None),
    ],
)
def test_blemish_names_what_browsers_warn_of(part, word):
    """An unobserved certificate has none, one that ends soon neither."""
    found = blemish(observations(tls=part))

    assert found is None if word is None else word in found


def test_the_last_of_very_many_names_counts():
    """Only the evidence is short; the host may stand anywhere on the certificate."""
    names = (*(f"n{number}.example" for number in range(10_000)), "shop.example")
    served = tls(chain_pem=chain(names))

    outcome = hostname(observations(tls=served))

    assert outcome.status is PASSED
    assert len(outcome.evidence.value) <= 300


def test_a_large_certificate_survives_the_trip_through_json():
    """What was seen live is judged again from the file, with the same result."""
    names = tuple(f"{'n' * 50}{number}.example" for number in range(1000))
    look = observations(tls=tls(chain_pem=chain((*names, "shop.example"))))
    assert len(look.tls.chain_pem[0]) > 65_536

    again = OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(look))

    assert again == look
    assert hostname(again).status is PASSED
