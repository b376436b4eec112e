"""Whose the hosts are that pages load from."""

import pytest

from vendor_risk.checks.owners import owners_of
from vendor_risk.observe.owners import table

TABLE = {
    "*.stripe.com": ("Stripe", "utility"),
    "ajax.googleapis.com": ("Google CDN", "cdn"),
    "*.googleapis.com": ("Google", "other"),
}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("js.stripe.com", "Stripe"),
        ("stripe.com", "Stripe"),
        ("a.b.c.stripe.com", "Stripe"),
        ("ajax.googleapis.com", "Google CDN"),
        ("fonts.googleapis.com", "Google"),
        ("notstripe.com", None),
        ("com", None),
        ("", None),
        ("192.0.2.1", None),
    ],
)
def test_the_nearest_name_counts(host, name):
    """The host itself before what stands for all below a name."""
    found = owners_of((host,), TABLE)

    assert [each.name for each in found] == ([name] if name else [])


def test_the_table_that_the_set_up_brings():
    """From the pinned package third-party-web."""
    known = table()
    assert known is not None, "the set-up fills vendor_risk/_data: run ./run setup"

    owners = owners_of(("js.stripe.com", "www.google-analytics.com"), known)

    assert [(each.name, each.category) for each in owners] == [
        ("Stripe", "utility"),
        ("Google Analytics", "analytics"),
    ]
