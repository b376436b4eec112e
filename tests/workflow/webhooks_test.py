"""Webhooks against a real server over TLS: signed, once, again where it did not answer, logged."""

import contextlib
import datetime as dt
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlmodel import select

from tests.conftest import settings_in
from tests.factories import make_user
from tests.lab.authority import Authority
from vendor_risk.jobs.alerts import calling
from vendor_risk.reports.moves import Answer, Kind
from vendor_risk.store.models.alerts import Webhook, WebhookDelivery
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import alerts, webhooks
from vendor_risk.workflow.vendors import VendorRefused

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


class Receiver:
    """A server over TLS that keeps what it gets and answers as told."""

    def __init__(self, folder, authority):
        self.got, self.status, self.pause = [], 200, 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                time.sleep(outer.pause)
                with contextlib.suppress(OSError):
                    self.send_response(outer.status)
                    self.end_headers()

            def log_message(self, *args):
                """Nothing."""

        leaf = authority.leaf("localhost")
        chain, key = folder / "chain.pem", folder / "key.pem"
        chain.write_text(leaf.pem + authority.intermediate.pem)
        key.write_text(leaf.key_pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def authority():
    return Authority("Webhook")


@pytest.fixture
def receiver(tmp_path, authority):
    with Receiver(tmp_path, authority) as running:
        yield running


@pytest.fixture
def settings(tmp_path, authority):
    """Our own root is trusted, and loopback was allowed."""
    roots = tmp_path / "root.pem"
    roots.write_text(authority.root.pem)
    return settings_in(
        tmp_path / "var", ca_file=roots, scan_allow_networks=("127.0.0.0/8", "::1/128")
    )


@pytest.fixture
def admin(database):
    with database.transaction() as session:
        return make_user(session, "admin").id


def add(database, admin, url, **more):
    with database.transaction() as session:
        said = {"name": "Chat", "url": url, "loud": True} | more
        return webhooks.add(session, **said, now=NOON, actor=admin).id


def move(database, answer=Answer.ALERT):
    """Something moved, and was told."""
    with database.transaction() as session:
        vendor = session.exec(select(Vendor)).first()
        if vendor is None:
            vendor = Vendor(name="Osprey", name_key="osprey", tier=1)
            session.add(vendor)
            session.flush()
        session.add(
            StoredMove(
                vendor_id=vendor.id,
                kind=Kind.FAULT_SEVERE,
                what="tls.cert.expiry",
                host="a.example",
                answer=answer,
                severity=4,
                tier=1,
                created_at=NOON,
            )
        )
    with database.transaction() as session:
        alerts.tell(session, NOON)


def send(database, settings, at=NOON):
    with database.writing() as session:
        how = calling(settings)
        return webhooks.send_due(session, how, lambda: at, "https://risk.example")


def log(database):
    """State, tries, code and reason of each delivery."""
    with database.reading() as session:
        rows = session.exec(select(WebhookDelivery).order_by(WebhookDelivery.created_at)).all()
        return [(row.state, row.attempts, row.code, row.reason) for row in rows]


def test_what_moved_arrives_once_and_is_signed(database, admin, receiver, settings):
    """The receiver can verify it with the secret alone, and find the page."""
    id = add(database, admin, receiver.url)
    move(database)
    assert (send(database, settings), send(database, settings)) == (1, 0)
    ((headers, body),) = receiver.got
    with database.reading() as session:
        secret = session.get_one(Webhook, id).secret
    stamp = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == webhooks.signature(
        secret, headers["webhook-id"], stamp, body
    )
    assert b'"type": "vendor.fault.severe"' in body
    assert b"https://risk.example/vendors/" in body
    assert log(database) == [("sent", 1, 200, "")]


def test_the_signature_is_that_of_the_standard():
    """The example that the specification of Standard Webhooks gives."""
    signed = webhooks.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_address_that_answers_badly_is_tried_again_later(database, admin, receiver, settings):
    """Not before its pause, and the log says what it answered."""
    receiver.status = 500
    add(database, admin, receiver.url)
    move(database)
    send(database, settings)
    assert log(database) == [("waiting", 1, 500, "the address answers with status 500")]
    receiver.status = 204
    assert send(database, settings, NOON + dt.timedelta(seconds=59)) == 0
    assert send(database, settings, NOON + dt.timedelta(seconds=60)) == 1
    assert log(database) == [("sent", 2, 204, "")]


def test_an_address_that_never_answers_is_given_up_with_the_reason(database, admin, settings):
    """After about a day; a person sends it again from the log."""
    add(database, admin, "https://localhost:9/hook")
    move(database)
    at = NOON
    for pause in (*webhooks.RETRIES, dt.timedelta(days=1)):
        send(database, settings, at)
        at += pause
    assert log(database) == [("failed", 7, None, "the server could not be reached")]
    with database.transaction() as session:
        row = session.exec(select(WebhookDelivery)).one()
        assert webhooks.again(session, row, now=at, actor=admin)
    assert log(database)[0][:2] == ("waiting", 0)


def test_an_address_that_hangs_ends_and_the_next_one_is_told(
    database, admin, receiver, settings, monkeypatch
):
    """It costs its own seconds."""
    monkeypatch.setattr("vendor_risk.jobs.alerts._SILENCE", 0.3)
    receiver.pause = 3
    add(database, admin, receiver.url)
    move(database)
    assert send(database, settings) == 0
    assert log(database) == [("waiting", 1, None, "no answer within 0.3 s")]


def test_an_address_inside_our_network_is_refused(database, admin, receiver, settings):
    """Unless the operator allowed it: an admin of this tool is none of every machine."""
    add(database, admin, receiver.url)
    move(database)
    send(database, settings.model_copy(update={"scan_allow_networks": ()}))
    (state, _tries, _code, reason) = log(database)[0]
    assert (state, receiver.got) == ("waiting", [])
    assert "not public" in reason or "loopback" in reason


def test_only_alerts_are_sent_unless_digests_are_wanted(database, admin, receiver, settings):
    """A chat does not want the rest."""
    add(database, admin, receiver.url)
    add(database, admin, receiver.url, name="Tickets", loud=False)
    move(database, Answer.DIGEST)
    assert send(database, settings) == 1


def test_a_removed_address_is_told_nothing_more(database, admin, receiver, settings):
    """Not even of what waited; put back, it hears of what moves from then on."""
    id = add(database, admin, receiver.url)
    move(database)
    with database.transaction() as session:
        webhooks.end(session, session.get_one(Webhook, id), now=NOON, actor=admin)
    move(database)
    assert send(database, settings) == 0
    with database.transaction() as session:
        webhooks.resume(session, session.get_one(Webhook, id), now=NOON, actor=admin)
    move(database)
    assert send(database, settings) == 1


@pytest.mark.parametrize(
    "url",
    ["http://chat.example/", "chat.example", "https://me:secret@chat.example/", "https://", ""],
)
def test_an_address_that_is_none_is_refused(database, admin, url):
    """What is told is signed, not sealed: it leaves over TLS alone."""
    with pytest.raises(VendorRefused):
        add(database, admin, url)
