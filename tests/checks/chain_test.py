"""Whether a chain is trusted, and the reasons why not, told apart."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from tests.checks.authority import NOON, chain, intermediate, leaf, root, signer
from tests.checks.certificate_test import broken
from tests.checks.conftest import conformance_cases
from vendor_risk.checks import certificate as certs
from vendor_risk.checks.chain import Roots, Trust, Verdict, judge, trust_of, verify
from vendor_risk.checks.tables import distrusted

# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


def judged(*pems, roots=None, at=NOON):
    """The verdict on a chain with our own root, or with others."""
    return verify(pems, (root().pem,) if roots is None else roots, at)


def test_a_whole_chain_is_trusted():
    """The path is named from the leaf to the root."""
    verdict = judged(*chain())

    assert (verdict.trust, verdict.path) == (
        Trust.TRUSTED,
        ("shop.example", "Example E1", "Example Root"),
    )


def test_the_order_of_the_sent_certificates_does_not_matter():
    """Browsers sort them out; another check speaks of the order."""
    other = signer("Other", root())

    assert judged(chain()[0], other.pem, root().pem, chain()[1]).trust is Trust.TRUSTED


def test_the_name_asked_for_does_not_matter():
    """A certificate for another host is the fault of another check."""
    assert judged(*chain(("*.other.example",))).trust is Trust.TRUSTED


@pytest.mark.parametrize("at", [NOON + timedelta(days=400), NOON - timedelta(days=400)])
def test_a_leaf_out_of_its_dates_is_judged_within_them(at):
    """Expiry is a fault of its own and must not count twice."""
    assert judged(*chain(), at=at).trust is Trust.TRUSTED


def below(above, *others):
    """A leaf that an authority signed, and the certificates sent with it."""
    return leaf(above), *(other.pem for other in others)


def alone():
    """A certificate that vouches for itself."""
    return (leaf(root(), self_signed=True),)


def authority_as_leaf():
    """A root that a server uses as its own certificate."""
    return (signer("shop.example").pem,)


def public_leaf_alone():
    """The intermediate of an authority that everybody knows is not sent."""
    return below(intermediate())


def unknown_leaf_alone():
    """The issuer is not sent, and nobody knows it."""
    return below(signer("Evil E1", signer("Evil Root")))


def unrelated():
    """Something is sent that has nothing to do with the leaf."""
    return below(signer("Evil E1", signer("Evil Root")), signer("Other"))


def private():
    """The chain is whole but for the root, which nobody knows."""
    above = signer("Evil E1", signer("Evil Root"))
    return below(above, above)


def private_with_root():
    """As above, with the root sent."""
    evil = signer("Evil Root")
    above = signer("Evil E1", evil)
    return below(above, above, evil)


def second_missing():
    """One intermediate is sent, the one above it, of a public authority, is not."""
    above = signer("Example R2", signer("Sectigo R1", organisation="Sectigo Limited"))
    return below(above, above)


def removed():
    """An authority that browsers threw out years ago."""
    above = signer("WoSign G1", organisation="WoSign CA Limited")
    return below(above, above)


def expired_issuer():
    """The intermediate ended yesterday, the leaf lives on."""
    above = signer("Old E1", root(), not_after=NOON - timedelta(days=1))
    return below(above, above)


def forged():
    """The issuer has the right name and another key."""
    twin = signer("Example E1", root(), organisation="Let's Encrypt")
    return below(twin, intermediate())


def constrained():
    """The issuer may sign for another domain only."""
    limits = x509.NameConstraints([x509.DNSName("other.example")], None)
    above = signer("Narrow E1", root(), extensions=((limits, True),))
    return below(above, above)


@pytest.mark.parametrize(
    ("build", "trust", "words"),
    [
        (alone, Trust.SELF_SIGNED, "self-signed"),
        (authority_as_leaf, Trust.SELF_SIGNED, "self-signed"),
        (public_leaf_alone, Trust.MISSING_INTERMEDIATE, "does not send"),
        (unknown_leaf_alone, Trust.MISSING_INTERMEDIATE, "no browser knows"),
        (unrelated, Trust.MISSING_INTERMEDIATE, "Evil E1"),
        (private, Trust.PRIVATE_ROOT, "Evil Root"),
        (private_with_root, Trust.PRIVATE_ROOT, "no browser trusts"),
        (second_missing, Trust.MISSING_INTERMEDIATE, "Sectigo R1"),
        (removed, Trust.DISTRUSTED, "2016-10-21"),
        (expired_issuer, Trust.EXPIRED_ISSUER, "Old E1, expired on 2026-11-21"),
        (forged, Trust.MISSING_INTERMEDIATE, "Example E1"),
        (constrained, Trust.RULES, "RFC 5280"),
    ],
)
def test_reasons_are_told_apart(build, trust, words):
    """Each has another mend."""
    verdict = judged(*build())

    assert (verdict.trust, words in verdict.reason) == (trust, True), verdict


def test_a_root_of_the_operator_is_trusted_for_him_alone():
    """Without his CA file the same chain leads nowhere."""
    assert judged(*chain(), roots=()).trust is Trust.PRIVATE_ROOT


@pytest.mark.parametrize(
    ("begin", "trust"),
    [
        (datetime(2026, 4, 1, tzinfo=UTC), Trust.TRUSTED),
        (datetime(2026, 4, 16, tzinfo=UTC), Trust.DISTRUSTED),
    ],
)
def test_a_root_is_distrusted_from_a_day_on(begin, trust):
    """Certificates that it issued before still count."""
    named_alike = signer("Izenpe.com")
    above = signer("Izenpe E1", named_alike)
    pems = (leaf(above, begin=begin), above.pem)

    verdict = judge(pems, Roots((named_alike.certificate, root().certificate)), NOON)

    assert verdict.trust is trust


def test_a_broken_list_of_scts_changes_nothing():
    """Only the extensions that a path needs are read."""
    assert judged(leaf(intermediate(), extensions=(broken(),)), chain()[1]).trust is Trust.TRUSTED


def test_broken_names_leave_trust_open():
    """Other libraries may read what ours does not."""
    pem = leaf(intermediate(), (), extensions=(broken("2.5.29.17"),))

    assert judged(pem, chain()[1]).trust is Trust.UNREADABLE


@pytest.mark.parametrize("pems", [(), ("garbage",), ("garbage", "garbage")])
def test_garbage_is_unreadable(pems):
    """There is nothing to judge."""
    assert judged(*pems).trust is Trust.UNREADABLE


def test_garbage_among_the_sent_certificates_is_left_out():
    """The rest may still lead to a root."""
    assert judged(chain()[0], "garbage", chain()[1]).trust is Trust.TRUSTED


# What our checks of a chain do not look at, or judge otherwise on purpose.
LEFT_OUT_FEATURES = {
    "has-crl": "revocation is not looked at",
    "max-chain-depth": "a client's own limit, not a fact of the chain",
    "pedantic-rfc5280": "no client refuses these",
    "pedantic-serial-number": "no client refuses these",
    "pedantic-webpki-eku": "duties of authorities, which clients do not enforce",
    "pedantic-webpki-subscriber-key": "the key has a check of its own",
    "pedantic-public-suffix-wildcard": "*.github.io belongs to one company",
    "rfc5280-incompatible-with-webpki": "the web accepts what RFC 5280 forbids",
    "has-policy-constraints": "certificate policies are not looked at",
}
LEFT_OUT_CASES = {
    "pathlen::validation-ignores-pathlen-in-leaf": "Firefox refuses an authority as leaf",
    "rfc5280::ca-as-leaf": "Firefox refuses an authority as leaf",
    "pathlen::self-issued-certs-pathlen": "the library counts self-issued certificates",
    "rfc5280::aki::intermediate-missing-aki": "a duty of authorities",
    "rfc5280::ski::root-missing-ski": "a duty of authorities",
    "rfc5280::ski::intermediate-missing-ski": "a duty of authorities",
    "webpki::aki::root-with-aki-authoritycertissuer": "a duty of authorities",
    "webpki::aki::root-with-aki-authoritycertserialnumber": "a duty of authorities",
    "webpki::aki::root-with-aki-all-fields": "a duty of authorities",
    "webpki::aki::root-with-aki-ski-mismatch": "a duty of authorities",
    "webpki::forbidden-rsa-not-divisible-by-8-in-root": "the key has a check of its own",
}


def concerns_us(case):
    """A server certificate for a DNS name, and nothing that is left out with a reason."""
    return (
        case["validation_kind"] == "SERVER"
        and (case["expected_peer_name"] or {}).get("kind") == "DNS"
        and not LEFT_OUT_FEATURES.keys() & set(case["features"] or ())
        and not case["id"].startswith("webpki::cn::")  # the common name is ignored, RFC 9525
        and case["id"] not in LEFT_OUT_CASES
    )


def accepted(case):
    """Whether trust, name and dates of a case are all good."""
    given = case["validation_time"]
    at = datetime.fromisoformat(given) if given else NOON
    pems = (case["peer_certificate"], *case["untrusted_intermediates"])
    if verify(pems, tuple(case["trusted_certs"]), at).trust is not Trust.TRUSTED:
        return False
    read = certs.load(pems[0])
    begin, end = certs.validity(read)
    matched = certs.covers(certs.names(read), case["expected_peer_name"]["value"])
    return matched is not None and begin <= at.replace(microsecond=0) <= end


def test_chains_agree_with_x509_limbo():
    """Every case of the web's server certificates that is not left out with a reason."""
    cases = [case for case in limbo() if concerns_us(case)]

    wrong = [
        case["id"] for case in cases if accepted(case) != (case["expected_result"] == "SUCCESS")
    ]

    assert wrong == []


def test_most_server_cases_of_x509_limbo_concern_us():
    """Leaving out must not become a habit."""
    servers = [case for case in limbo() if case["validation_kind"] == "SERVER"]

    assert len([case for case in servers if concerns_us(case)]) > 0.6 * len(servers)


def limbo():
    """The cases of the suite."""
    return json.loads(conformance_cases("x509-limbo.json"))["testcases"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("Entrust, Inc.", "Entrust Root Certification Authority - G2"), True),
        (("Entrust.net", "www.entrust.net/CPS"), True),
        (("", "Entrust Certification Authority - L1K"), True),
        (("Entrust Datacard Limited", ""), True),
        (("Symantec Corporation", ""), True),
        (("VeriSign, Inc.", ""), True),
        (("AC Camerfirma S.A.", ""), True),
        (("E-Tuğra EBG A.Ş.", ""), True),
        (("Centrust Holding", "Centrust Root"), False),
        (("Entrusted Care Ltd", ""), False),
        (("Entrust Bank", "Entrust Bank Internal CA"), False),
        (("Formerly Symantec", ""), False),
        (("", ""), False),
    ],
)
def test_only_the_authority_itself_is_distrusted(names, found):
    """And none that has the same letters somewhere in its name."""
    assert (distrusted.removed(*names) is not None) is found


@pytest.mark.parametrize("trust", Trust)
def test_the_result_can_be_read_from_the_evidence(trust):
    """Scoring tells the reasons apart by it."""
    assert trust_of(str(Verdict(trust, path=("a: b", "c")))) is trust


@pytest.mark.parametrize("value", ["", "value", "self", "self-signed certificate"])
def test_other_values_name_no_result(value):
    """Evidence of other sources."""
    assert trust_of(value) is None
