"""How DKIM key records are read."""

import pytest
from cryptography.hazmat.primitives.serialization import PublicFormat

from tests.checks.dkim_keys import curve_key, ed25519_key, record, rsa_key
from vendor_risk.checks import taglist
from vendor_risk.checks.dkim import parse


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (record(), "RSA 2048 bits"),
        (record(k="rsa", s="email", t="s", h="sha256", n="a note"), "RSA 2048 bits"),
        (f"p={rsa_key()}", "RSA 2048 bits"),
        (f"k=rsa; p={rsa_key()[:100]} \t {rsa_key()[100:]};", "RSA 2048 bits"),
        (record(rsa_key(2048, PublicFormat.PKCS1)), "RSA 2048 bits"),
        (record(rsa_key(512)), "RSA 512 bits"),
        (record(ed25519_key(), k="ed25519"), "Ed25519"),
        (record(""), "revoked"),
        ("v=DKIM1; p=", "revoked"),
        ("p=", "revoked"),
        (record(rsa_key(), k="ed25519"), "unusable"),
        (record(ed25519_key()), "unusable"),
        (record(curve_key()), "unusable"),
        (record(k="ed448"), "unusable"),
        (record("not Base64!"), "unusable"),
        (record("ümlaut"), "unusable"),
        ("v=DKIM1; k=rsa", "unusable"),
        ("v=DKIM1; k=rsa; k=rsa; p=", "unusable"),
    ],
)
def test_what_a_key_record_holds(text, words):
    """RFC 6376 section 3.6.1 and RFC 8463; both usual forms of RSA keys are read."""
    assert str(parse(text)) == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=spf1 -all",
        "v=DMARC1; p=reject",
        "google-site-verification=abc",
        "v=DKIM2; p=",
        record(s="tlsrpt"),
        "k=rsa; v=DKIM1; p=",
        "t=y; o=~;",
    ],
)
def test_what_is_no_key(text):
    """A wildcard answers with other records, and some keys are not for mail."""
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("a=1; b = two words ;c=", {"a": "1", "b": "two words", "c": ""}),
        ("a=1;", {"a": "1"}),
        ("a=b=c", {"a": "b=c"}),
        ("", {}),
        ("a", None),
        ("a=1; ;b=2;;", {"a": "1", "b": "2"}),
        ("a=1; a=1", None),
        ("1a=1", None),
        ("a b=1", None),
    ],
)
def test_lists_of_tags(text, tags):
    """RFC 6376 section 3.2: names are unique; a semicolon too many does no harm."""
    assert taglist.read(text) == tags
