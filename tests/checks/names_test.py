"""How host names are taken apart and compared."""

from pathlib import Path

import pytest
from publicsuffixlist import PSLFILE, PublicSuffixList

from tests.checks.conftest import conformance_cases
from vendor_risk.checks.names import (
    bought,
    is_registry_suffix,
    is_sold_below,
    is_subdomain,
    organisation,
    parents,
    plain,
    registrable,
    sold,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Shop.Example.", "shop.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("STRASSE.example", "strasse.example"),
        ("\u202e.example", "\u202e.example"),
        ("", ""),
    ],
)
def test_a_name_is_compared_in_one_form(name, expected):
    """Case, the final dot and Unicode make no difference; what is no name stays as it is."""
    assert plain(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("login.shop.co.uk", "shop.co.uk"),
        ("shop.github.io", "shop.github.io"),
        ("co.uk", None),
        ("a..b", None),
    ],
)
def test_registrable_name(name, expected):
    """What was bought at a registrar, with the private suffixes of hosting companies."""
    assert registrable(name) == expected


def test_a_public_suffix_is_its_own_organisation():
    """There is nothing above a public suffix to judge instead."""
    assert organisation("github.io") == "github.io"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.b.shop.example", ("a.b.shop.example", "b.shop.example", "shop.example")),
        ("shop.example", ("shop.example",)),
        ("co.uk", ("co.uk",)),
    ],
)
def test_parents_end_at_the_registrable_name(name, expected):
    """Names above it belong to a registry."""
    assert parents(name) == expected


@pytest.mark.parametrize(
    ("name", "of", "expected"),
    [
        ("a.shop.example", "shop.example", True),
        ("shop.example.", "SHOP.example", True),
        ("myshop.example", "shop.example", False),
        ("shop.example", "a.shop.example", False),
    ],
)
def test_subdomain_ends_at_a_dot(name, of, expected):
    """A name that only ends alike belongs to somebody else."""
    assert is_subdomain(name, of) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("example", True), ("co.uk", True), ("github.io", False), ("shop.example", False)],
)
def test_registry_suffix(name, expected):
    """github.io belongs to one company, co.uk to a registry."""
    assert is_registry_suffix(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("com", True),
        ("Co.Uk.", True),
        ("рф", True),
        ("internal", False),
        ("example", False),
        ("github.io", False),
        ("shop.com", False),
        ("google", False),
        ("gov", False),
        ("edu.au", False),
        ("gov.uk", False),
        ("io", True),
        ("", False),
    ],
)
def test_names_are_sold_below_what_a_registry_is_known_for(name, expected):
    """A top label that nobody sells, and a company that hands names out, are no registry."""
    assert is_sold_below(name) is expected


def test_registrable_name_agrees_with_the_public_suffix_list():
    """The list's own cases, byte for byte."""
    lines = conformance_cases("psl-tests.txt").splitlines()
    cases = [line.split() for line in lines if line.strip() and not line.startswith("//")]

    wrong = [(name, to) for name, to in cases if (registrable(name) or "null") != to]

    assert wrong == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("www.shop.github.io", "github.io"),
        ("a.azurewebsites.net", "azurewebsites.net"),
        ("www.shop.co.uk", "shop.co.uk"),
        ("co.uk", None),
        ("", None),
    ],
)
def test_a_name_was_bought_at_a_registry(name, expected):
    """What a provider hands out below its own name was not."""
    assert bought(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop.example", True),
        ("192.0.2.1", False),
        ("mx.corp", False),
        ("printer.local", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_nobody_can_buy_a_name_of_inside(name, expected):
    """Neither an address nor a name that networks use inside belongs to anybody."""
    assert sold(name) is expected


def test_suffixes_that_are_not_ascii_are_those_of_the_package():
    """They are encoded here, in a shorter way than the package does it."""
    whole = PublicSuffixList()
    lines = Path(PSLFILE).read_text("utf-8").splitlines()
    suffixes = [line.lstrip("!*.") for line in lines if line and not line.startswith("//")]
    encoded = [suffix.encode("idna").decode() for suffix in suffixes if not suffix.isascii()]
    names = [f"login.shop.{suffix}" for suffix in encoded]

    assert len(names) > 100
    assert [registrable(name) for name in names] == [whole.privatesuffix(name) for name in names]
