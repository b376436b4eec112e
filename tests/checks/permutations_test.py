"""Names that could be taken for another."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vendor_risk.checks.names import organisation, plain
from vendor_risk.checks.permutations import MOST, permutations

LABELS = st.from_regex(r"\A[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
UNICODE = st.sampled_from(["münchen", "пример", "例え", "straße", "xn--mnchen-3ya", "xn--zzzz99"])
DOMAINS = st.builds(
    "{}{}.{}".format,
    st.sampled_from(["", "www.", "a.b."]),
    st.one_of(LABELS, UNICODE),
    st.sampled_from(["com", "co.uk", "example", "github.io", "xn--p1ai"]),
)
HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
QUICK = settings(max_examples=150, deadline=None, derandomize=True)


@QUICK
@given(DOMAINS)
def test_every_name_is_one_that_could_be_registered(domain):
    """A valid host name, under an ending, and never the name itself."""
    names = [name for name, _ in permutations(domain)]

    assert all(HOST.fullmatch(name) for name in names)
    assert organisation(domain) not in names
    assert plain(domain) not in names
    assert len(set(names)) == len(names) <= MOST


@QUICK
@given(DOMAINS)
def test_the_same_names_each_time(domain):
    """So that two searches can be compared."""
    assert permutations(domain) == permutations(domain)


@QUICK
@given(st.text(max_size=80))
def test_whatever_is_typed_ends(text):
    """In names or in none."""
    assert len(permutations(text)) <= MOST


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sh0pping.com", "letters that look alike"),
        ("shopping-login.com", "a word added"),
        ("shoppng.com", "a letter left out"),
        ("hsopping.com", "two letters swapped"),
        ("shoppping.com", "a letter doubled"),
        ("dhopping.com", "a key beside the right one"),
        ("shop-ping.com", "a hyphen added"),
        ("3hopping.com", "one bit of a letter changed"),
        ("shopping.net", "the same name under another ending"),
    ],
)
def test_each_kind_is_there(name, kind):
    """The ways in which people misread and mistype."""
    found = dict(permutations("www.shopping.com"))

    assert found.get(name, "") == kind


def test_letters_of_other_scripts_come_in_the_form_of_the_dns():
    """A Cyrillic o, for one."""
    names = [name for name, _ in permutations("shop.com")]

    assert "shоp.com".encode("idna").decode() in names  # noqa: RUF001


def test_a_long_name_leaves_no_kind_out():
    """The kinds take turns."""
    kinds = {kind for _, kind in permutations("a-very-long-name-of-a-company-and-its-shop.com")}

    assert len(kinds) == 9


def test_an_ending_that_anybody_buys_under_is_kept():
    """The registered label varies, not the ending."""
    assert all(
        name.endswith(".co.uk") for name, kind in permutations("shop.co.uk") if "ending" not in kind
    )
