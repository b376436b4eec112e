"""What the tests of accounts share: people, forms, the way in."""

import re

import pyotp
import pytest
from sqlmodel import col, select

from tests.conftest import opened
from tests.factories import PASSWORD, TOTP_KEY, make_user
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.outbox import OutboxMail

NEW_PASSWORD = "staple gun on the roof"
both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(request, tmp_path):
    """SQLite, unless a test asks for both."""
    with opened(getattr(request, "param", "sqlite"), request, tmp_path) as made:
        yield made


@pytest.fixture
def person(database):
    """`person("analyst")`: somebody with these roles, PASSWORD, and a second factor if needed."""

    def make(*roles, **details):
        with database.transaction() as session:
            return make_user(session, *roles, **details)

    return make


@pytest.fixture
def post(csrf):
    """Post a form with the token that the browser's forms carry."""

    def send(client, url, **fields):
        return client.post(url, data={"csrf_token": csrf(client), **fields})

    return send


@pytest.fixture
def enter(post):
    """Sign in over the pages: the password, and the code where one is asked for."""

    def sign_in(client, email="ann@example.com", password=PASSWORD, code=None):
        answer = post(client, "/login", email=email, password=password)
        if "/tf-validate" in (answer.location or ""):
            answer = post(client, "/tf-validate", code=code or pyotp.TOTP(TOTP_KEY).now())
        return answer

    return sign_in


def acts(database):
    with database.reading() as session:
        return list(session.exec(select(AuditEntry.act).order_by(col(AuditEntry.sequence))).all())


def signed_in(client):
    return client.get("/own").status_code == 200


def set_up(client, post, enter):
    enter(client)
    page = post(client, "/tf-setup", setup="authenticator").text
    key = re.search(r'data-copy="([A-Z2-7-]+)"', page)[1].replace("-", "")
    return key, post(client, "/tf-validate", code=pyotp.TOTP(key).now())


def recovery_codes(client, post):
    page = post(client, "/mf-recovery-codes", generate_new_codes="1").text
    return re.findall(r"<li><code>([0-9a-f-]+)</code></li>", page)


def link(database):
    with database.reading() as session:
        mail = session.exec(select(OutboxMail).order_by(col(OutboxMail.created_at).desc())).first()
    return re.search(r"http://localhost:8000(/reset/\S+)", mail.text)[1]
