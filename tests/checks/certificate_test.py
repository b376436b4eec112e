"""How certificates are read, also when a part of them is broken."""

import ssl

import pytest
from cryptography import x509

from tests.checks.authority import chain, intermediate, leaf
from vendor_risk.checks import certificate as certs
from vendor_risk.checks import der
from vendor_risk.checks.certificate import Names, covers


def broken(oid="1.3.6.1.4.1.11129.2.4.2"):
    """An extension whose content is no DER, by default the list of SCTs."""
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x04\x85broken")


@pytest.mark.parametrize("text", ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n", "\ud800"])
def test_what_is_no_certificate_is_none(text):
    """Nobody can say anything about it."""
    assert certs.load(text) is None


def test_names_are_read_although_another_extension_is_broken():
    """A malformed list of SCTs says nothing about the names."""
    read = certs.load(leaf(intermediate(), ("a.example", "*.b.example"), extensions=(broken(),)))

    assert certs.names(read) == Names(("a.example", "*.b.example"))


def test_broken_names_are_reported():
    """Nobody can say what the certificate is for."""
    read = certs.load(leaf(intermediate(), (), extensions=(broken("2.5.29.17"),)))

    assert certs.names(read).fault


def test_missing_names_are_no_fault():
    """The certificate is for nothing."""
    assert certs.names(certs.load(leaf(intermediate(), ()))) == Names(present=False)


@pytest.mark.parametrize(
    ("names", "host", "match"),
    [
        (("shop.example",), "shop.example", "shop.example"),
        (("Shop.Example",), "shop.example.", "Shop.Example"),
        (("*.shop.example",), "www.shop.example", "*.shop.example"),
        (("*.shop.example", "www.shop.example"), "www.shop.example", "www.shop.example"),
        (("*.shop.example",), "shop.example", None),
        (("*.shop.example",), "a.b.shop.example", None),
        (("w*.shop.example",), "www.shop.example", None),
        (("www.*.example",), "www.shop.example", None),
        (("*.example",), "shop.example", None),
        (("*.co.uk",), "shop.co.uk", None),
        (("*.google",), "about.google", None),
        (("*.google", "about.google"), "about.google", "about.google"),
        (("*.about.google",), "www.about.google", "*.about.google"),
        (("*.github.io",), "shop.github.io", "*.github.io"),
        (("*",), "example", None),
        (("xn--bcher-kva.example",), "bücher.example", "xn--bcher-kva.example"),
        (("*.example.com",), "xn--bcher-kva.example.com", "*.example.com"),
        (("other.example",), "shop.example", None),
        ((), "shop.example", None),
    ],
)
def test_which_name_covers_a_host(names, host, match):
    """RFC 9525: whole names, a wildcard for one whole label, never below a registry."""
    assert covers(Names(names), host) == match


def test_an_address_is_compared_with_addresses():
    """Never with a name that reads alike."""
    assert covers(Names(("192.0.2.1",), ("192.0.2.2",)), "192.0.2.1") is None


@pytest.mark.parametrize(
    "content",
    [b"\x30", b"\x30\x80", b"\x30\x85\x01\x01\x01\x01\x01", b"\x30\x05\x01", b"\x30\x82\xff"],
)
def test_broken_der_is_a_value_error(content):
    """The reader of raw bytes never reads past their end."""
    with pytest.raises(ValueError, match=r"element|length"):
        list(der.elements(content))


def test_an_extension_that_is_not_there_is_none():
    """The policy constraints, for one, are not in our leaf."""
    leaf_pem, _ = chain()
    tbs = certs.load(leaf_pem).tbs_certificate_bytes

    assert der.extension(tbs, bytes.fromhex("551d24")) is None


def test_a_version_that_no_certificate_has_is_no_certificate():
    """The library has an error of its own for it, which is no ValueError."""
    content = ssl.PEM_cert_to_DER_cert(chain()[0])
    version = content.index(b"\xa0\x03\x02\x01\x02") + 4
    spoilt = content[:version] + b"\x06" + content[version + 1 :]

    assert certs.load(ssl.DER_cert_to_PEM_cert(spoilt)) is None
