"""The inbox of what moved, what people and roles are told, webhooks on their page, and letters."""

import re

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.jobs import alerts as letters
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.reports.moves import Answer, Kind
from vendor_risk.store.models.alerts import Alert, Webhook
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import alerts
from vendor_risk.workflow.alerts import DEFAULTS, Choice, Digest, Scope

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ALL = {"revision": "0", "scope": "all", "digest": "daily", "quiet_from": "", "quiet_until": ""}
HEAD = Letterhead("https://risk.example", "Our Shop")


@pytest.fixture
def ann(database, client, sign_in):
    """An analyst who is signed in and answers for a vendor at which two things moved."""
    with database.transaction() as session:
        person = make_user(session, "analyst", email="ann@example.com")
        vendor = Vendor(name="Osprey & Co", name_key="osprey", owner_id=person.id, tier=1)
        session.add(vendor)
        session.flush()
        for kind, what in ((Kind.FAULT_SEVERE, "tls.cert.expiry"), (Kind.ISSUER_NEW, "Merlin CA")):
            session.add(
                StoredMove(
                    vendor_id=vendor.id,
                    kind=kind,
                    what=what,
                    host="secret.example" if kind is Kind.FAULT_SEVERE else "",
                    answer=Answer.ALERT,
                    severity=3,
                    tier=1,
                    created_at=NOON,
                )
            )
    with database.transaction() as session:
        alerts.tell(session, NOON)
    sign_in(client, "analyst", user=person)
    return person


@pytest.fixture
def press(client, csrf):
    """`press(address, **fields)` sends a form of that browser."""
    return lambda address, **fields: client.post(
        address, data={"csrf_token": csrf(client)} | fields
    )


def unseen(database, person):
    with database.reading() as session:
        return alerts.unseen(session, person.id)


def test_the_inbox_shows_what_was_not_seen(client, ann):
    """And the navigation counts it."""
    page = client.get("/alerts").text
    assert "Merlin CA issues their certificates" in page
    assert "secret.example" in page


def test_one_is_marked_as_seen(client, ann, press, database):
    """The other one stays."""
    with database.reading() as session:
        chosen = session.exec(select(Alert)).first().id
    press("/alerts/seen", alert=str(chosen))
    assert unseen(database, ann) == 1


def test_all_are_marked_and_taken_back(client, ann, press, database):
    """The notice has the button."""
    press("/alerts/seen", all="1")
    assert unseen(database, ann) == 0
    page = client.get("/alerts").text
    assert "You have seen everything." in page
    undo = re.search(r'action="(/alerts/seen-not\?[^"]+)"', page)[1]
    press(undo.replace("&amp;", "&"))
    assert unseen(database, ann) == 2


def test_nobody_marks_what_is_another_s(client, ann, press, database, sign_in, app):
    """An id alone opens nothing."""
    with database.reading() as session:
        chosen = session.exec(select(Alert)).first().id
    sign_in(client, "analyst")
    press("/alerts/seen", alert=str(chosen))
    assert unseen(database, ann) == 2


def test_a_person_says_what_they_want(client, ann, press, database):
    """And goes back to what their roles say."""
    fields = {"scope": "all", "digest": "weekly", "quiet_from": "22", "quiet_until": "7"}
    press("/alerts/choices", revision="0", **fields)
    with database.reading() as session:
        chosen = Choice(Scope.ALL, False, Digest.WEEKLY, 22, 7)
        assert alerts.choice_of(session, ann) == chosen
    press("/alerts/choices/default")
    with database.reading() as session:
        assert alerts.choice_of(session, ann) == DEFAULTS["analyst"]


def test_half_a_span_of_hours_is_told_at_its_field(client, ann, press):
    """What was chosen stays in the form."""
    answer = press("/alerts/choices", **ALL | {"quiet_from": "22"})
    assert answer.status_code == 422
    assert "Give both hours, or neither." in answer.text
    assert '<option selected value="22">' in answer.text


def test_who_saved_later_is_told(client, ann, press):
    """In two windows of one person."""
    press("/alerts/choices", **ALL)
    answer = press("/alerts/choices", **ALL | {"scope": "none"})
    assert answer.status_code == 409


def test_a_letter_names_the_vendor_and_the_kind_and_nothing_a_thief_could_use(database, ann):
    """What exactly it is stands behind the sign-in."""
    assert letters.tell(database, NOON, HEAD) == 1
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).one()
        assert mail.recipient == "ann@example.com"
        assert "Osprey & Co (tier 1): A new fault, critical or high" in mail.text
        assert "Osprey &amp; Co" in mail.html
        for text in (mail.text, mail.html):
            assert "secret.example" not in text
            assert "https://risk.example/alerts/off/" in text


def test_a_letter_is_written_once(database, ann):
    """However often the worker comes to it."""
    letters.tell(database, NOON, HEAD)
    assert letters.tell(database, NOON, HEAD) == 0


def test_a_letter_is_in_the_language_of_its_reader(database, ann):
    """German for who reads German."""
    with database.transaction() as session:
        session.get(type(ann), ann.id).language = "de"
    letters.tell(database, NOON, HEAD)
    with database.reading() as session:
        assert "Ein neuer Fehler, kritisch oder hoch" in session.exec(select(OutboxMail)).one().text


def test_the_link_of_the_letter_ends_the_letters_without_signing_in(database, ann, app, csrf):
    """A scanner that opens it ends nothing; the button does."""
    letters.tell(database, NOON, HEAD)
    with database.reading() as session:
        mail = session.exec(select(OutboxMail)).one()
    path = re.search(r"https://risk.example(/alerts/off/\S+)", mail.text)[1]
    stranger = app.test_client()
    assert "End these letters?" in stranger.get(path).text
    with database.reading() as session:
        assert alerts.choice_of(session, ann).at_once
    stranger.post(path, data={"csrf_token": csrf(stranger)})
    with database.reading() as session:
        choice = alerts.choice_of(session, ann)
        assert (choice.at_once, choice.digest) == (False, Digest.OFF)


def test_a_wrong_link_opens_nothing(app, database):
    """Nor does it say why."""
    assert app.test_client().get("/alerts/off/abc").status_code == 404


def test_an_admin_says_what_roles_are_told(client, sign_in, press, database):
    """For everybody who chose nothing."""
    sign_in(client, "admin")
    fields = {f"{role}-scope": str(one.scope) for role, one in DEFAULTS.items()}
    fields |= {f"{role}-digest": str(one.digest) for role, one in DEFAULTS.items()}
    press("/settings/alerts", revision="0", **fields | {"approver-digest": "daily"})
    with database.reading() as session:
        assert alerts.role_choices(session)["approver"].digest is Digest.DAILY
    press("/settings/alerts/default")
    with database.reading() as session:
        assert alerts.role_choices(session) == DEFAULTS


def test_the_secret_of_a_webhook_is_shown_once(client, sign_in, press, database):
    """On the answer that adds it."""
    sign_in(client, "admin")
    answer = press("/settings/webhooks", name="Chat", url="https://chat.example/hook")
    with database.reading() as session:
        secret = session.exec(select(Webhook)).one().secret
    assert secret in answer.text
    assert secret not in client.get("/settings/webhooks").text


def test_a_webhook_is_removed_and_put_back(client, sign_in, press, database):
    """With the undo of the notice."""
    sign_in(client, "admin")
    press("/settings/webhooks", name="Chat", url="https://chat.example/hook")
    with database.reading() as session:
        id = session.exec(select(Webhook)).one().id
    press(f"/settings/webhooks/{id}/end")
    assert "is told nothing any more" in client.get("/settings/webhooks").text
    press(f"/settings/webhooks/{id}/resume")
    with database.reading() as session:
        assert session.get(Webhook, id).ended_at is None


def test_an_address_that_is_none_is_told_at_its_field(client, sign_in, press):
    """What was typed stays."""
    sign_in(client, "admin")
    answer = press("/settings/webhooks", name="Chat", url="http://chat.example/")
    assert answer.status_code == 422
    assert 'value="http://chat.example/"' in answer.text


@pytest.mark.parametrize("role", ["analyst", "approver", "auditor"])
def test_addresses_of_webhooks_are_for_admins(client, sign_in, role):
    """They may hold a secret of the other system."""
    sign_in(client, role)
    assert client.get("/settings/webhooks").status_code == 403
