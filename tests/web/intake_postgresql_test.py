"""The pages of intake on the other database: every query of theirs runs there once."""

import pytest
from sqlmodel import select

from tests.factories import NOON  # noqa: F401  (where the clock stands)
from tests.web.intake_test import LONG_WAY, PURCHASE, VENDOR, Requester, in_two_tabs
from vendor_risk.store.models.vendors import Engagement, Vendor

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def ann(client, sign_in):
    """A requester with a request not yet begun."""
    return Requester(client, sign_in(client, "requester"))


def test_two_requests_about_one_vendor(database, ann):
    """The first makes the vendor, the second is offered it and joins."""
    ann.walk(LONG_WAY)
    ann.send()
    with database.reading() as session:
        vendor_id = session.exec(select(Vendor.id)).one()
    again = Requester(ann.client, ann.user)
    assert again.walk(LONG_WAY[:1]) == f"{again.at}/match"
    again.walk([("match", {"choice": str(vendor_id)}), *LONG_WAY[1:]])
    again.send()

    assert again.see("result").status_code == 200
    with database.reading() as session:
        assert session.exec(select(Engagement.vendor_id)).all() == [vendor_id] * 2


def test_two_tabs_see_both_versions(ann):
    """The row of the request is held while it is compared."""
    assert ann.client.post(f"{ann.at}/purchase", data=in_two_tabs(ann)).status_code == 409


def test_the_list_and_the_undo(ann):
    """Counted, paged, withdrawn and taken up."""
    ann.walk([("vendor", VENDOR), ("purchase", PURCHASE)])
    token = {"csrf_token": ann.token()}
    ann.client.post(f"{ann.at}/withdraw", data=token)
    ann.client.post(f"{ann.at}/take-up", data=token)

    assert "Go on" in ann.client.get("/intake?state=draft").text


def test_nul_in_an_answer_does_no_harm(ann):
    """It is left out, and the way goes on."""
    nul = {"name": "Parcel\0 Express", "domain": "parcel.example", "supplier_number": "4\0711"}
    answer = ann.type("vendor", nul)

    assert answer.location == f"{ann.at}/purchase"
