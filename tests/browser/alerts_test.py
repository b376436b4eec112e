"""Alerts, choices and webhooks in a real browser."""

import datetime as dt

import pytest
from sqlmodel import select

from tests.browser.harness import audit
from vendor_risk.reports.moves import Answer, Kind
from vendor_risk.store.models.alerts import WebhookDelivery
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import alerts, webhooks
from vendor_risk.workflow.alerts import Choice, Digest, Scope

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]


def test_the_pages_of_alerts_are_sound(context, enter, address, database):
    """The inbox with a long name, the choices, the roles, and a webhook that failed."""
    enter("admin")
    at = dt.datetime.now(dt.UTC)
    with database.transaction() as session:
        person = session.exec(select(User)).one()
        wanted = Choice(Scope.ALL, at_once=True, digest=Digest.DAILY)
        alerts.choose(session, person, wanted, revision=0, now=at)
        hook = webhooks.add(
            session,
            name="Chat",
            url="https://chat.example/" + "x" * 200,
            loud=True,
            now=at,
            actor=person.id,
        )
        vendor = Vendor(name="Halvorsen " * 9, name_key="halvorsen", tier=1)
        session.add(vendor)
        session.flush()
        session.add_all(
            StoredMove(
                vendor_id=vendor.id,
                kind=kind,
                what=what,
                host="a." + "long" * 12 + ".example",
                answer=Answer.ALERT,
                severity=3,
                tier=1,
                created_at=at,
            )
            for kind, what in ((Kind.FAULT_SEVERE, "tls.cert.expiry"), (Kind.GRADE_DOWN, ""))
        )
        session.flush()
        alerts.tell(session, at)
        delivery = session.exec(select(WebhookDelivery)).first()
        delivery.state, delivery.code, delivery.reason = "failed", 500, "status 500"
        token = alerts.letters(session, at, "UTC")[0].token
        hook_id = hook.id

    for path in (
        "/alerts",
        "/alerts/choices",
        f"/alerts/off/{token}",
        "/settings/alerts",
        "/settings/webhooks",
        f"/settings/webhooks/{hook_id}",
    ):
        assert audit(context, f"{address}{path}") == []
