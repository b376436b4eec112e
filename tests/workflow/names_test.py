"""Names fold to what stays the same however somebody writes them."""

# ruff: noqa: RUF001  (letters of other scripts are meant)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendor_risk.workflow.names import alike, name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Halvorsen Cloud Backup GmbH & Co. KG", "halvorsen cloud backup"),
        ("HALVORSEN  cloud-backup", "halvorsen cloud backup"),
        ("Acme S.p.A.", "acme"),
        ("ACME, Inc.", "acme"),
        ("Foo B. V.", "foo"),
        ("Bar A/S", "bar"),
        ("Vektor Sp. z o.o.", "vektor"),
        ("Cemex S.A.B. de C.V.", "cemex"),
        ("Société Générale S.A.", "societe generale"),
        ("Łódź Øresund", "lodz oresund"),
        ("Groß und Klein oHG", "gross and klein"),
        ("Gross & Klein", "gross and klein"),
        ("O'Neill Ltd.", "oneill"),
        ("ＡＢＣ　Ｔｅｃｈ", "abc tech"),
        ("株式会社日立", "日立"),
        ("OOO Vektor", "vektor"),
        ("شركة النيل", "شركة النيل"),
        ("=cmd|' /C calc'!A0", "cmd c calc a0"),
    ],
)
def test_a_name_folds(name, key):
    """Case, accents, punctuation, width and legal form fall away; other scripts stay."""
    assert name_key(name) == key


@pytest.mark.parametrize("name", ["GmbH", "Ltd", "😀😀", "..."])
def test_a_name_that_would_vanish_keeps_what_it_has(name):
    """A legal form alone, or signs alone, still make a key."""
    assert name_key(name) == name.casefold()


@given(st.text(max_size=400))
def test_any_text_folds_to_a_key_that_fits(name):
    """Whatever is typed gives a key that fits the column and folds to itself at once or twice."""
    key = name_key(name)

    assert len(key) <= 200
    assert name_key(key) == name_key(name_key(key))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Müller Logistics GmbH", "Mueller Logistics", True),
        ("Halvorsen Cloud Backup", "Halvorsen Cloud Backp", True),
        ("Northwind Payroll", "Northwind Travel", False),
        ("Sable", "Sable HR Suite", False),
    ],
)
def test_alike_forgives_a_letter_and_no_word(left, right, same):
    """A typing error anywhere is alike, another word or a part of the name is not."""
    assert (alike(name_key(left), name_key(right)) >= 0.9) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("branch office shop 1", "branch office shop 2", False),
        ("branch office shop 1", "branch office shop 12", False),
        ("branch office shop 1", "branch ofice shop 1", True),
        ("branch office shop 1", "branch office shop 1", True),
    ],
)
def test_names_that_differ_by_their_number_are_apart(one, other, same):
    """A chain of shops is no list of typing errors."""
    assert (alike(one, other) > 0) is same
