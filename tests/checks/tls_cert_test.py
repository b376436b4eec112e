"""What the checks say of how a certificate was issued and sent; each case spoils one fact."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from tests.checks.authority import (
    NOON,
    chain,
    intermediate,
    leaf,
    root,
    signer,
    timestamp,
    timestamps,
)
from tests.checks.certificate_test import broken
from tests.checks.healthy import observations, tls
from vendor_risk.checks import certificate as certs
from vendor_risk.checks import chain as chains
from vendor_risk.checks import tls_cert
from vendor_risk.checks.sct import embedded
from vendor_risk.checks.tls_cert import lifetime, longest_life, sct, timestamps_needed
from vendor_risk.checks.tls_staple import staple
from vendor_risk.evidence import Severity, Status

PASSED, FAILED, UNKNOWN = Status.PASSED, Status.FAILED, Status.UNKNOWN
NOT_APPLICABLE = Status.NOT_APPLICABLE
MEDIUM, LOW, INFORMATIONAL = Severity.MEDIUM, Severity.LOW, Severity.INFORMATIONAL
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
# Mozilla has a root with the serial number 0.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


def judged(check, *pems, **changes):
    """What a check says of a served chain."""
    return check(observations(tls=tls(chain_pem=pems, **changes)))


@pytest.fixture
def public(monkeypatch):
    """The root of the tests is one of the browsers'."""
    monkeypatch.setattr(chains, "mozilla", lambda: (root().certificate,))
    chains._roots.cache_clear()
    chains.verify.cache_clear()
    yield
    chains._roots.cache_clear()
    chains.verify.cache_clear()


def twice_issued():
    """The intermediate is sent twice."""
    return (*chain(), intermediate().pem)


def swapped():
    """Two intermediates in the wrong order."""
    upper = signer("Example E8", root())
    lower = signer("Example E9", upper)
    return leaf(lower), upper.pem, lower.pem


def stranger():
    """Something goes with it that certifies nothing here."""
    return (*chain(), signer("Other", root()).pem)


def with_root():
    """The root is sent too."""
    return (*chain(), root().pem)


def private_with_root():
    """A private root that nobody knows is sent too."""
    evil = signer("Evil Root")
    above = signer("Evil E1", evil)
    return leaf(above), above.pem, evil.pem


def private():
    """As above, without the root."""
    return private_with_root()[:2]


def below_the_root():
    """The root signed the leaf: nothing stands between."""
    return (leaf(root()),)


def expired_issuer():
    """The intermediate ended yesterday."""
    above = signer("Old E1", root(), not_after=NOON - DAY)
    return leaf(above), above.pem


@pytest.mark.parametrize(
    ("pems", "status", "severity", "word"),
    [
        (chain, PASSED, None, ""),
        (below_the_root, PASSED, None, ""),
        (expired_issuer, PASSED, None, ""),
        (lambda: chain()[:1], FAILED, MEDIUM, "does not send the intermediate"),
        (lambda: (chain()[0], root().pem), FAILED, MEDIUM, "does not send the intermediate"),
        (swapped, FAILED, LOW, "Example E8 does not certify"),
        (twice_issued, FAILED, LOW, "Example E1 does not certify"),
        (stranger, FAILED, LOW, "Other does not certify"),
        (with_root, FAILED, LOW, "sends the root, Example Root"),
        (private_with_root, FAILED, LOW, "sends the root, Evil Root"),
        (private, UNKNOWN, None, "not known here"),
        (lambda: (leaf(root(), self_signed=True),), NOT_APPLICABLE, None, "self-signed"),
        (lambda: (chain()[0], "garbage"), UNKNOWN, None, "1 of the sent certificates"),
        (lambda: ("garbage", intermediate().pem), UNKNOWN, None, "cannot be read"),
        (tuple, UNKNOWN, None, "no certificate"),
    ],
)
def test_tls_cert_chain(pems, status, severity, word):
    """A link that is missing fails; what is out of order or too much weighs a step less."""
    outcome = judged(tls_cert.chain, *pems())

    assert (outcome.status, outcome.severity, word in outcome.reason) == (status, severity, True)


MARCH_2026, MARCH_2027, MARCH_2029 = (
    datetime(year, 3, 15, tzinfo=UTC) for year in (2026, 2027, 2029)
)


@pytest.mark.parametrize(
    ("issued", "days"),
    [
        (datetime(2021, 1, 1, tzinfo=UTC), 398),
        (MARCH_2026 - SECOND, 398),
        (MARCH_2026, 200),
        (MARCH_2027 - SECOND, 200),
        (MARCH_2027, 100),
        (MARCH_2029 - SECOND, 100),
        (MARCH_2029, 47),
        (datetime(2040, 1, 1, tzinfo=UTC), 47),
    ],
)
def test_the_longest_life_falls_step_by_step(issued, days):
    """Ballot SC-081v3 of the CA/Browser Forum; the first second of the day counts."""
    assert longest_life(issued) == days


@pytest.mark.parametrize(
    ("issued", "life", "status", "severity"),
    [
        (MARCH_2026 - DAY, 398 * DAY, PASSED, None),
        (MARCH_2026 - DAY, 398 * DAY + SECOND, FAILED, INFORMATIONAL),
        (MARCH_2026, 200 * DAY, PASSED, None),
        (MARCH_2026, 200 * DAY + SECOND, FAILED, INFORMATIONAL),
        (MARCH_2026, 398 * DAY, FAILED, INFORMATIONAL),
        (MARCH_2027, 100 * DAY, PASSED, None),
        (MARCH_2027, 101 * DAY, FAILED, INFORMATIONAL),
        (MARCH_2029, 47 * DAY, PASSED, None),
        (MARCH_2029, 90 * DAY, FAILED, INFORMATIONAL),
    ],
)
@pytest.mark.usefixtures("public")
def test_tls_cert_lifetime(issued, life, status, severity):
    """The rules of the day of issue hold for its whole life."""
    outcome = judged(lifetime, *chain(begin=issued, life=life), extra_roots_pem=())

    assert (outcome.status, outcome.severity) == (status, severity)


def test_a_private_authority_may_let_its_certificates_live_longer():
    """The rules are those of the public ones."""
    outcome = judged(lifetime, *chain(life=800 * DAY))

    assert outcome.status is NOT_APPLICABLE


@pytest.mark.usefixtures("public")
def test_a_bundle_of_the_operator_makes_no_public_authority_private():
    """CA_FILE may hold the browsers' roots as well."""
    outcome = judged(lifetime, *chain(life=800 * DAY), extra_roots_pem=(root().pem,))

    assert outcome.status is FAILED


def test_a_long_life_below_an_unknown_issuer_is_unknown():
    """Without the intermediate nobody can say who issued it."""
    outcome = judged(lifetime, chain(life=800 * DAY)[0])

    assert outcome.status is UNKNOWN


def test_the_evidence_of_a_lifetime_counts_days():
    """Parts of a day are shown where there are any."""
    evidence = judged(lifetime, *chain(life=90 * DAY + timedelta(hours=12))).evidence

    assert evidence.value == "2026-10-23 to 2027-01-22: 90.5 days"


def recorded(*each, life=90 * DAY):
    """A chain whose leaf carries timestamps."""
    extensions = (timestamps(*each),) if each else ()
    return leaf(intermediate(), extensions=extensions, life=life), intermediate().pem


LOGS = tuple(map(timestamp, range(1, 5)))


@pytest.mark.parametrize(
    ("pems", "status", "severity"),
    [
        (recorded, FAILED, MEDIUM),
        (lambda: recorded(LOGS[0]), FAILED, LOW),
        (lambda: recorded(LOGS[0], LOGS[0]), FAILED, LOW),
        (lambda: recorded(*LOGS[:2]), PASSED, None),
        (lambda: recorded(*LOGS), PASSED, None),
        (lambda: recorded(*LOGS[:2], life=180 * DAY), PASSED, None),
        (lambda: recorded(*LOGS[:2], life=180 * DAY + SECOND), FAILED, LOW),
        (lambda: recorded(*LOGS[:3], life=180 * DAY + SECOND), PASSED, None),
        (lambda: recorded(LOGS[0], timestamp(2, version=1)), FAILED, LOW),
        (lambda: recorded(timestamp(1, version=1)), FAILED, MEDIUM),
        (lambda: recorded(LOGS[0], b""), UNKNOWN, None),
        (lambda: recorded(*LOGS[:2], LOGS[2][:-1]), UNKNOWN, None),
        (lambda: recorded(*LOGS[:2], LOGS[2] + b"!"), UNKNOWN, None),
        (lambda: recorded(*LOGS[:2], timestamp(3, signature=b"")), UNKNOWN, None),
        (lambda: recorded(LOGS[0][:20]), UNKNOWN, None),
        (lambda: (leaf(intermediate(), extensions=(broken(),)), chain()[1]), UNKNOWN, None),
        (lambda: ("garbage",), UNKNOWN, None),
        (lambda: (), UNKNOWN, None),
    ],
)
@pytest.mark.usefixtures("public")
def test_tls_cert_sct(pems, status, severity):
    """Distinct logs count, by the life of the certificate; half a list tells nothing."""
    outcome = judged(sct, *pems(), extra_roots_pem=())

    assert (outcome.status, outcome.severity) == (status, severity)


@pytest.mark.parametrize(
    ("pems", "words"),
    [
        (recorded, "carries no proof that it stands in a public log. Chrome, Safari and Firefox"),
        (lambda: recorded(LOGS[0]), "proof of 1 public log. As it lives 90 days"),
        (
            lambda: recorded(*LOGS[:2], life=180 * DAY + SECOND),
            "proof of 2 public logs. As it lives 181 days, Chrome and Safari want 3",
        ),
        (lambda: recorded(LOGS[0][:20]), "The proofs of public logs (SCTs)"),
    ],
)
@pytest.mark.usefixtures("public")
def test_what_is_missing_is_said_in_words_of_a_manager(pems, words):
    """What the certificate lacks, and what visitors meet."""
    assert words in judged(sct, *pems(), extra_roots_pem=()).reason


@pytest.mark.parametrize("each", [(), LOGS[:2], (b"",)], ids=["none", "two", "broken"])
def test_a_private_authority_needs_no_public_logs(each):
    """They would not take its certificates."""
    outcome = judged(sct, *recorded(*each))

    assert (outcome.status, outcome.severity) == (PASSED, INFORMATIONAL)


@pytest.mark.parametrize("pems", [private, lambda: (signer("self.example").pem,)])
@pytest.mark.parametrize("check", [sct, staple], ids=["sct", "staple"])
def test_a_certificate_that_nobody_vouches_for_proves_nothing(check, pems):
    """Neither a public log nor an authority could say anything of it, so it is not in order."""
    assert judged(check, *pems()).status is NOT_APPLICABLE


@pytest.mark.parametrize(("each", "status"), [((), UNKNOWN), (LOGS[:2], PASSED)])
def test_logs_below_an_unknown_issuer(each, status):
    """Who issued it is open; enough of them are enough for whoever it was."""
    assert judged(sct, recorded(*each)[0]).status is status


@pytest.mark.parametrize(("life", "logs"), [(6, 2), (180, 2), (180.5, 3), (398, 3)])
def test_timestamps_needed(life, logs):
    """Two logs to 180 days, three above: the policy of Chrome and of Apple."""
    assert timestamps_needed(life * DAY) == logs


def test_the_logs_are_read_although_another_extension_is_broken():
    """The library refuses all of them; ours are taken from the bytes."""
    spoilt = leaf(intermediate(), (), extensions=(timestamps(*LOGS[:2]), broken("2.5.29.17")))

    assert embedded(certs.load(spoilt)).logs == ("01" * 32, "02" * 32)


def test_a_length_with_a_byte_too_many_is_read():
    """OpenSSL takes it, the library does not; browsers don't care which one we use."""
    usual = timestamps(*LOGS[:2]).value
    length = (len(usual) - 2).to_bytes(2, "big")
    odd = x509.UnrecognizedExtension(timestamps().oid, b"\x04\x82" + length + usual[2:])

    assert usual[1] < 128
    assert len(embedded(certs.load(leaf(intermediate(), extensions=(odd,)))).logs) == 2


def test_the_library_reads_the_same_logs():
    """Where it reads the list at all."""
    read = certs.load(recorded(*LOGS)[0])
    kind = x509.PrecertificateSignedCertificateTimestamps
    listed = read.extensions.get_extension_for_class(kind).value

    assert embedded(read).logs == tuple(one.log_id.hex() for one in listed)


def test_an_empty_list_is_a_fault():
    """RFC 6962: the list holds one timestamp at least."""
    assert embedded(certs.load(leaf(intermediate(), extensions=(timestamps(),)))).fault


def test_the_evidence_of_the_logs_names_them():
    """By the beginning of their ids, which openssl prints too."""
    evidence = judged(sct, *recorded(*LOGS[:2])).evidence

    assert evidence.value == "embedded SCTs: 2 0101010101010101 0202020202020202"
    assert evidence.command.endswith("openssl x509 -noout -ext ct_precert_scts")
