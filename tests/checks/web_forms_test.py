"""Where forms may lead; each case spoils one fact of a healthy host."""

from dataclasses import replace

import pytest

from tests.checks.authority import chain
from tests.checks.healthy import gone, headers, http, observations, page, tls
from vendor_risk.checks.lookalike import looks_like
from vendor_risk.checks.observations import Http, Owner, Unreachable
from vendor_risk.checks.web_forms import target
from vendor_risk.evidence import Severity, Status

PASSED, FAILED = Status.PASSED, Status.FAILED
UNKNOWN, NOTHING = Status.UNKNOWN, Status.NOT_APPLICABLE
CRITICAL, HIGH, INFO = Severity.CRITICAL, Severity.HIGH, Severity.INFORMATIONAL
SAFE = "https://shop.example/"
AIR = "https://www.britishairways.com/"
LOG_IN = "<form action='{}'><input type=password name=secret></form>"
CARD = "<form action='{}' method=post><input name=card_number></form>"


def look(body, url=SAFE, **changes):
    """A host with this page."""
    host = url.split("/")[2]
    return replace(observations(http=http(page(url, body=body, **changes))), domain=host)


@pytest.mark.parametrize(
    "part",
    [
        Unreachable("timed out"),
        Http(()),
        http(gone(SAFE, "timed out")),
        *(http(page(status=status, body=CARD)) for status in (401, 403, 429, 500, 503)),
        http(page(headers=(("cf-mitigated", "challenge"),), body=CARD)),
        http(page(body="<p>Shop", truncated=True)),
        http(page(body=CARD.format("/pay"), truncated=True)),
    ],
)
def test_a_page_that_was_not_seen_as_a_whole_is_unknown(part):
    """A wall or a cut page never says that a form is missing, or that all are well."""
    outcome = target(observations(http=part))

    assert (outcome.status, bool(outcome.evidence and outcome.reason)) == (UNKNOWN, True)


@pytest.mark.parametrize(
    ("body", "status", "severity"),
    [
        (CARD.format(""), PASSED, None),
        (CARD.format("/pay"), PASSED, None),
        (CARD.format("https://pay.shop.example/"), PASSED, None),
        (LOG_IN.format("/in"), PASSED, None),
        (CARD.format("http://shop.example/pay"), FAILED, HIGH),
        (LOG_IN.format("http://shop.example/in"), FAILED, HIGH),
        (CARD.format("https://stranger.example.net/"), FAILED, HIGH),
        (LOG_IN.format("https://stranger.example.net/"), FAILED, HIGH),
        (CARD.format("https://www.shop.net/"), FAILED, CRITICAL),
        (CARD.format("https://checkout.stripe.com/pay"), PASSED, INFO),
        (LOG_IN.format("https://shop.eu.auth0.com/login"), PASSED, INFO),
        (CARD.format("https://shop.eu.auth0.com/login"), FAILED, HIGH),
        (CARD.format("http://checkout.stripe.com/pay"), FAILED, HIGH),
        ("<form action=https://stranger.example.net/><input name=q></form>", NOTHING, None),
        (CARD.format("mailto:orders@shop.example"), NOTHING, None),
        (
            "<form action=/pay><input name=cvv><button formaction=https://a.example.net/>x</button>",
            FAILED,
            HIGH,
        ),
        ("<input type=password>", NOTHING, None),
        ("Shop", NOTHING, None),
        ("<template>" + CARD.format("https://a.example.net/") + "</template>", NOTHING, None),
    ],
)
def test_web_form_target(body, status, severity):
    """Forms for cards and passwords only; buttons may lead elsewhere than their form."""
    outcome = target(look(body))

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    ("host", "severity"),
    [
        ("baways.com", CRITICAL),
        ("www.britishairway.com", CRITICAL),
        ("britishairways.co", CRITICAL),
        ("britishairways-payments.com", CRITICAL),
        ("britishalrways.com", CRITICAL),
        ("xn--brtishairways-5of.com", CRITICAL),
        ("flights.example", HIGH),
        ("api.britishairways.com", None),
    ],
)
def test_a_look_alike_is_critical(host, severity):
    """As in 2018, when the cards of British Airways' customers went to baways.com."""
    outcome = target(look(CARD.format(f"https://{host}/gateway"), AIR, headers=headers()))

    assert outcome.severity is severity


def test_a_policy_lifts_forms_to_https():
    """Browsers upgrade form submissions as they do what a page loads."""
    policy = headers(csp="upgrade-insecure-requests")

    outcome = target(look(CARD.format("http://shop.example/pay"), headers=policy))

    assert outcome.status is PASSED


def test_a_name_in_the_certificate_of_the_host_is_the_vendors_own():
    """Whoever holds both names under one certificate has two names."""
    seen = look(CARD.format("https://stranger.example.net/"))
    both = tls(chain_pem=chain(names=("shop.example", "*.example.net")))

    assert target(replace(seen, tls=both)).status is PASSED


CROWD = tuple(f"www.customer{number}.example" for number in range(6))


@pytest.mark.parametrize(
    "names",
    [("shop.example", "*.example.net", *CROWD), ("other.example", "*.example.net")],
    ids=["a certificate of many", "a certificate of somebody else"],
)
def test_a_name_in_a_certificate_that_is_not_the_vendors_alone_is_a_strangers(names):
    """A network for delivery puts customers together who never heard of each other."""
    seen = look(CARD.format("https://stranger.example.net/"))

    assert target(replace(seen, tls=tls(chain_pem=chain(names=names)))).status is FAILED


@pytest.mark.parametrize(
    "host",
    [
        *("thief.github.io", "shop-example.netlify.com", "storage.googleapis.com"),
        *("script.google.com", "docs.google.com", "form.jotformpro.com", "www.reddit.com"),
    ],
)
def test_where_strangers_receive_forms_nobody_is_known(host):
    """A list of owners calls some of them utilities; a form that leads there leads to anybody."""
    owners = (Owner(host, "Somebody", "utility"), Owner(host, "Somebody", "social"))

    assert target(replace(look(CARD.format(f"https://{host}/")), owners=owners)).status is FAILED


@pytest.mark.parametrize(
    ("name", "original", "expected"),
    [
        ("paypa1.com", "paypal.com", "letters that look"),
        ("pаypal.com".encode("idna").decode(), "paypal.com", "letters that look"),  # noqa: RUF001
        ("rnodern-shop.com", "modernshop.com", "letters that look"),
        ("example-shop.net", "exampleshop.com", "letters that look"),
        ("amazno.com", "amazon.com", "a letter or two"),
        ("zalandoo.de", "zalando.de", "a letter or two"),
        ("otto.com", "otto.de", "another ending"),
        ("amazon-login.net", "amazon.de", "something added"),
        ("dhl.com", "ups.com", ""),
        ("otta.de", "otto.de", ""),
        ("ikea.com", "nike.com", ""),
        ("stripe.com", "zalando.de", ""),
        ("login.shop.co.uk", "www.shop.co.uk", ""),
        ("192.0.2.1", "shop.example", ""),
        ("", "", ""),
    ],
)
def test_names_made_to_be_mistaken(name, original, expected):
    """Short names need to be the same: two letters of four mean nothing."""
    found = looks_like(name, original)

    assert (expected in found) if expected else not found
