"""What a person types, and the host that it names."""

import pytest

from vendor_risk.observe.target import Target, TargetRefused, parse

CYRILLIC_APPLE = b"xn--80ak6aa92e.com".decode("idna")  # looks like apple.com, and may be registered


@pytest.mark.parametrize(
    ("typed", "host", "display"),
    [
        ("shop.example.com", "shop.example.com", "shop.example.com"),
        ("  Shop.Example.COM \n", "shop.example.com", "shop.example.com"),
        ("shop.example.com.", "shop.example.com", "shop.example.com"),
        ("bücher.example", "xn--bcher-kva.example", "bücher.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example", "bücher.example"),
        ("Bücher。example", "xn--bcher-kva.example", "bücher.example"),
        ("faß.example", "xn--fa-hia.example", "faß.example"),
        (CYRILLIC_APPLE, "xn--80ak6aa92e.com", CYRILLIC_APPLE),
        ("r3---sn-a.example.com", "r3---sn-a.example.com", "r3---sn-a.example.com"),
        ("good.test", "good.test", "good.test"),
        ("1und1.example", "1und1.example", "1und1.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_a_host_name_comes_back_in_the_form_of_the_dns(typed, host, display):
    """Case, white space, the final dot and Unicode are put into one form."""
    assert parse(typed) == Target(host, display)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Give a host name"),
        ("   ", "Give a host name"),
        ("192.0.2.1", "is an IP address"),
        ("127.1", "is an IP address"),
        ("2130706433", "is an IP address"),
        ("0x7f000001", "is an IP address"),
        ("017700000001", "is an IP address"),
        ("0x7f.1", "is an IP address"),
        ("2001:db8::1", "is an IP address"),
        ("[2001:db8::1]", "is an IP address"),
        ("[2001:db8::1]:443", "is an IP address"),
        ("192.0.2.1:443", "is an IP address"),
        ("1.2.3.4.", "is an IP address"),
        ("a" * 300, "has 300 characters"),
        (("a" * 49 + ".") * 5 + "example", "has 257 characters"),
        ("a" * 64 + ".example", "a part of 64 characters"),
        ("ü" * 60 + ".example", "between two dots there are at most 63"),
        ("shop..example", "an empty part"),
        (".example", "an empty part"),
        ("shop example.com", "is not a host name"),
        ("shop_1.example.com", "is not a host name"),
        ("-shop.example.com", "is not a host name"),
        ("shop-.example.com", "is not a host name"),
        ("shop!.example.com", "is not a host name"),
        ("xn--a.example", "is not a host name"),
        ("shop\x00.example", "is not a host name"),
        ("localhost", "its ending, such as shop.example.com."),
        ("intranet", "is a single word"),
        ("printer.local", "ends in .local"),
        ("app.localhost", "ends in .localhost"),
        ("metadata.google.internal", "ends in .internal"),
        ("abcdefghij.onion", "ends in .onion"),
        ("router.home.arpa", "ends in .arpa"),
        ("10.in-addr.arpa", "ends in .arpa"),
        ("nothing.invalid", "ends in .invalid"),
    ],
)
def test_what_is_no_public_host_name_is_refused(typed, words):
    """Each kind of wrong input has a sentence of its own, on one line and not long."""
    with pytest.raises(TargetRefused, match=words) as refused:
        parse(typed)

    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 250
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("https://shop.example.com/cart?id=1", "shop.example.com"),
        ("http://bücher.example:8080", "bücher.example"),
        ("shop.example.com/", "shop.example.com"),
        ("ftp://10.0.0.1/", ""),
        ("https://[half", ""),
        ("anna@shop.example.com", "shop.example.com"),
        ("anna@localhost", ""),
        ("shop.example.com:8443", "shop.example.com"),
    ],
)
def test_the_name_that_was_meant_is_suggested(typed, hint):
    """A web address, a mail address or a port gives the host name within it as a hint."""
    with pytest.raises(TargetRefused) as refused:
        parse(typed)

    assert refused.value.hint == hint
    assert (
        not hint
        or f"just the host name, {hint}." in refused.value.message
        or (f"just its domain, {hint}." in refused.value.message)
    )


def test_an_endless_input_is_refused_quickly():
    """A megabyte is not mapped letter by letter, nor repeated in the message."""
    with pytest.raises(TargetRefused, match="at most 253") as refused:
        parse("ü." * 500_000)

    assert len(refused.value.message) < 250
