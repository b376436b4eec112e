"""A scan's life: ordered once, recorded once, closed with a posture."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import func, select

from tests.factories import make_user
from vendor_risk.checks.catalogue import Judged
from vendor_risk.checks.observations import (
    OBSERVATIONS,
    Answer,
    Dns,
    Dnssec,
    DnsStatus,
    Http,
    Observations,
    Response,
    Unreachable,
)
from vendor_risk.evidence import Evidence, Severity, failed, passed
from vendor_risk.scoring.model import load
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.scans import Scan, ScanHost, ScanOutcome, ScanState
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow import scans

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(minutes=1)
NAME_SERVER = Answer("a.example", "NS", DnsStatus.NOERROR, ("ns1.ns.cloudflare.com",))


def make_vendor(session, *hosts, tier=None):
    """A vendor with these hosts, all of class log-in."""
    vendor = Vendor(name="Osprey", name_key="osprey", tier=tier)
    session.add(vendor)
    session.flush()
    session.add_all(
        Domain(vendor_id=vendor.id, host=host, display=host, registrable=host, host_class="log-in")
        for host in hosts
    )
    session.flush()
    return vendor


def seen(host, *, hsts="max-age=63072000"):
    """A look at a host whose web and DNS could be seen."""
    return Observations(
        host,
        NOON,
        Dns((Answer(host, "A", DnsStatus.NOERROR, ("192.0.2.1",)),), Dnssec.SECURE),
        Unreachable("timed out after 10 s"),
        Http(
            (
                Response(f"http://{host}/", 301, (("Location", f"https://{host}/"),)),
                Response(f"https://{host}/", 200, (("Strict-Transport-Security", hsts),)),
            )
        ),
    )


@pytest.fixture
def ordered(database, queue):
    """A vendor with two hosts and its queued scan: (vendor id, scan id)."""
    with database.transaction() as session:
        vendor = make_vendor(session, "a.example", "b.example", tier=2)
        scan = scans.request_scan(session, vendor, now=NOON, by=None, enqueue=queue)
        return vendor.id, scan.id


def test_a_request_queues_one_job_with_the_hosts_of_that_moment(database, queue, ordered):
    """The scan keeps the hosts that the vendor had when it was ordered."""
    _, scan_id = ordered

    with database.reading() as session:
        hosts = [host.host for host in scans.hosts_of(session, scan_id)]

    assert hosts == ["a.example", "b.example"]
    assert queue == [("scan", [str(scan_id)])]


def test_a_second_request_shows_the_open_scan(database, queue, ordered):
    """Asking twice is one scan and one job."""
    vendor_id, scan_id = ordered

    with database.transaction() as session:
        again = scans.request_scan(
            session, session.get(Vendor, vendor_id), now=LATER, by=None, enqueue=queue
        )

    assert again.id == scan_id
    assert len(queue) == 1


def test_two_who_order_in_the_same_moment_get_one_scan(database, queue):
    """The second waits for the first, and gets its scan."""
    with database.transaction() as session:
        vendor_id = make_vendor(session, "a.example").id

    def order(session):
        vendor = session.get_one(Vendor, vendor_id)
        return scans.request_scan(session, vendor, now=NOON, by=None, enqueue=queue).id

    def late():
        with database.transaction() as session:
            return order(session)

    with ThreadPoolExecutor(1) as pool, database.transaction() as session:
        first = order(session)
        second = pool.submit(late)
        assert not wait([second], 0.5).done
        session.commit()
        assert second.result(20) == first
    assert len(queue) == 1


def test_the_database_itself_refuses_a_second_open_scan(database, ordered):
    """Two requests at the same moment cannot both win."""
    vendor_id, _ = ordered

    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Scan(vendor_id=vendor_id))


def test_a_vendor_without_a_domain_gets_no_scan(database, queue):
    """There is nothing to look at."""
    with database.transaction() as session:
        assert (
            scans.request_scan(session, make_vendor(session), now=NOON, by=None, enqueue=queue)
            is None
        )
    assert queue == []


def test_a_hundred_vendors_are_two_jobs(database, queue):
    """Jobs are slices of fifty, because single jobs are slow to enqueue."""
    with database.transaction() as session:
        vendors = [make_vendor(session, f"v{number}.example") for number in range(100)]
        scans.request_scans(session, vendors, now=NOON, by=None, enqueue=queue)

    assert [len(subjects) for _, subjects in queue] == [50, 50]


def run(database, scan_id, looks):
    """Begin, record each look and finish, as a worker does."""
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
    for host, look in looks.items():
        with database.transaction() as session:
            scans.record(session, scan_id, host, look, now=LATER)
    with database.transaction() as session:
        scans.finish(session, scan_id, now=LATER)


@pytest.mark.parametrize("day", [None, dt.date(2026, 1, 31)])
def test_extra_handshakes_are_ordered_where_the_vendor_was_told(database, ordered, day):
    """And nowhere else."""
    vendor_id, scan_id = ordered
    with database.transaction() as session:
        session.get_one(Vendor, vendor_id).handshakes_agreed = day

    with database.transaction() as session:
        orders = scans.begin(session, scan_id, now=NOON)

    assert {order.handshakes for order in orders} == {day is not None}


def test_declared_pages_are_ordered_with_their_host(database, ordered):
    """As the domain has them when the scan begins; a host that was removed since has none."""
    vendor_id, scan_id = ordered
    with database.transaction() as session:
        domain, *others = session.exec(
            select(Domain).where(Domain.vendor_id == vendor_id).order_by(Domain.host)
        ).all()
        named, pages = domain.host, [f"https://{domain.host}/till"]
        domain.checkout_pages = pages
        for other in others:
            session.delete(other)

    with database.transaction() as session:
        orders = scans.begin(session, scan_id, now=NOON)

    assert {order.host: order.declared for order in orders if order.declared} == {
        named: tuple(pages)
    }


def test_a_finished_scan_shows_on_the_vendor(database, ordered):
    """Score, worst severity and the next look by tier are kept for the lists."""
    vendor_id, scan_id = ordered

    run(database, scan_id, {"a.example": seen("a.example"), "b.example": seen("b.example")})

    with database.reading() as session:
        vendor, scan = session.get(Vendor, vendor_id), session.get(Scan, scan_id)
        posture = scans.scan_posture(
            scans.hosts_of(session, scan_id), scans.judged_of(session, scan_id), load()
        )
    assert scan.state == ScanState.DONE
    assert scan.posture == posture.to_json()
    assert vendor.posture_score == posture.score
    assert vendor.last_scan_at == LATER
    assert vendor.next_scan_at == LATER + dt.timedelta(days=7) - scans.early(vendor_id, 7)


def test_what_is_stored_judges_the_same_again(database, ordered):
    """Outcomes read back from the database are the outcomes of the checks."""
    from vendor_risk.checks.catalogue import judge

    _, scan_id = ordered
    run(database, scan_id, {"a.example": seen("a.example")})

    with database.reading() as session:
        stored = scans.judged_of(session, scan_id)

    assert stored == judge(seen("a.example"))


def test_recording_a_host_twice_keeps_the_first(database, ordered):
    """A job that runs twice doubles nothing."""
    _, scan_id = ordered
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
    for hsts in ("max-age=63072000", "max-age=0"):
        with database.transaction() as session:
            scans.record(session, scan_id, "a.example", seen("a.example", hsts=hsts), now=LATER)

    with database.reading() as session:
        rows = session.exec(
            select(ScanOutcome.status).where(
                ScanOutcome.scan_id == scan_id, ScanOutcome.check == "web.hsts"
            )
        ).all()

    assert len(rows) == 1


def test_what_was_seen_is_kept_whole_and_packed(database, ordered):
    """The same text comes back, and its column takes a fraction of it."""
    _, scan_id = ordered
    look = seen("a.example", hsts="max-age=1; " * 1000)
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
        scans.record(session, scan_id, "a.example", look, now=LATER)

    with database.reading() as session:
        row = scans.hosts_of(session, scan_id)[0]
        (stored,) = session.connection().execute(
            text("SELECT length(observations) FROM scan_host WHERE host = 'a.example'")
        )
        assert OBSERVATIONS.validate_json(row.observations) == look
        assert stored[0] * 10 < len(row.observations)


def test_facts_are_kept_beside_what_the_checks_said(database, ordered):
    """What is neither good nor bad is shown too, and asked for across vendors."""
    _, scan_id = ordered
    look = replace(seen("a.example"), dns=Dns((NAME_SERVER,), Dnssec.SECURE))
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
        scans.record(session, scan_id, "a.example", look, now=LATER)

    with database.reading() as session:
        told = {fact["id"]: fact for fact in scans.hosts_of(session, scan_id)[0].facts}
    assert told["dns.provider"]["values"] == ["Cloudflare (NS ns1.ns.cloudflare.com)"]


def test_what_a_worker_knows_is_what_would_be_read_again(database, ordered):
    """Texts as short as they are kept, in the order of hosts and checks."""
    _, scan_id = ordered
    long = Judged(
        "web.hsts",
        "WB-02",
        "a.example",
        failed(Evidence("v" * 2000, "c"), "r" * 2000, severity=Severity.LOW),
    )
    bare = Judged("dns.soa", "DN-01", "a.example", passed(Evidence("", "")))
    looks = {
        "a.example": replace(scans.read(seen("a.example")), judged=(bare, long)),
        "b.example": scans.read(seen("b.example")),
    }
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
        told = scans.record_all(session, {scan_id: looks}, now=NOON)

        assert told[scan_id] == scans.judged_of(session, scan_id)


def test_of_a_scan_begun_again_not_all_is_known(database, ordered):
    """What was recorded before has to be read."""
    _, scan_id = ordered
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
        scans.record(session, scan_id, "a.example", seen("a.example"), now=NOON)

        looks = {scan_id: {"b.example": scans.read(seen("b.example"))}}
        assert scans.record_all(session, looks, now=NOON) == {}


def test_a_scan_begun_again_leaves_out_what_is_done(database, ordered):
    """After a crash only the other host is looked at."""
    _, scan_id = ordered
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
        scans.mark_running(session, scan_id, "b.example")
        scans.record(session, scan_id, "a.example", seen("a.example"), now=LATER)

    with database.transaction() as session:
        orders = scans.begin(session, scan_id, now=LATER)

    assert [order.host for order in orders] == ["b.example"]


def test_a_scan_that_saw_nothing_moves_no_score(database, ordered):
    """Our own refusal is a reason, not a fault: the last good figures stay."""
    vendor_id, scan_id = ordered
    with database.transaction() as session:
        session.get(Vendor, vendor_id).posture_score = 77

    run(database, scan_id, {"a.example": "refused", "b.example": "refused"})

    with database.reading() as session:
        vendor, scan = session.get(Vendor, vendor_id), session.get(Scan, scan_id)
    assert (scan.state, scan.reason) == (ScanState.FAILED, "refused")
    assert vendor.posture_score == 77


def test_a_queued_scan_stops_at_once(database, ordered):
    """Nobody has to wait for a worker to take an order back."""
    _, scan_id = ordered
    with database.transaction() as session:
        scans.ask_to_stop(session, session.get(Scan, scan_id), now=LATER)

    with database.transaction() as session:
        assert scans.begin(session, scan_id, now=LATER) == ()
        assert session.get(Scan, scan_id).state == ScanState.STOPPED


def test_a_running_scan_stops_after_the_hosts_in_hand(database, ordered):
    """The next host is not begun, and what was seen moves no score."""
    vendor_id, scan_id = ordered
    with database.transaction() as session:
        scans.begin(session, scan_id, now=NOON)
        scans.record(session, scan_id, "a.example", seen("a.example"), now=NOON)
        scans.ask_to_stop(session, session.get(Scan, scan_id), now=LATER)

    with database.transaction() as session:
        assert not scans.mark_running(session, scan_id, "b.example")
        scans.finish(session, scan_id, now=LATER)

    with database.reading() as session:
        assert session.get(Scan, scan_id).state == ScanState.STOPPED
        assert session.get(Vendor, vendor_id).posture_score is None


def test_a_scan_of_a_deleted_vendor_is_nothing(database):
    """An order whose row is gone ends quietly."""
    with database.transaction() as session:
        assert scans.begin(session, uuid.uuid4(), now=NOON) == ()


def test_archived_vendors_are_left_alone(database, queue):
    """Whoever left is not looked at."""
    with database.transaction() as session:
        vendor = make_vendor(session, "a.example")
        vendor.archived_at = NOON
        assert scans.request_scans(session, [vendor], now=NOON, by=None, enqueue=queue) == []


def test_hosts_go_with_their_scan(database, ordered):
    """Deleting a vendor leaves no rows behind."""
    vendor_id, _ = ordered
    with database.transaction() as session:
        session.delete(session.get(Vendor, vendor_id))

    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(ScanHost)).one() == 0


@pytest.mark.parametrize(("person", "acts"), [(True, ["scan.requested"]), (False, [])])
def test_a_scan_that_a_person_caused_is_in_the_log(database, queue, person, acts):
    """Once, with its cause; what the clock orders is no act of anybody."""
    with database.transaction() as session:
        by = make_user(session, "analyst").id if person else None
        vendor = make_vendor(session, "a.example")
        for _ in range(2):
            scans.request_scan(session, vendor, now=NOON, by=by, enqueue=queue, cause="registered")

    with database.reading() as session:
        entries = session.exec(select(AuditEntry).order_by(AuditEntry.sequence)).all()
    assert [entry.act for entry in entries if entry.subject_kind == "vendor"] == acts


@pytest.mark.parametrize(("before", "hours"), [(0, 1), (1, 4), (2, 12), (3, 24), (4, 7 * 24)])
def test_what_could_not_be_seen_is_looked_for_again_each_time_later(
    database, ordered, before, hours
):
    """An hour, four, twelve, a day; then as often as its tier says."""
    vendor_id, scan_id = ordered
    with database.transaction() as session:
        session.get(Vendor, vendor_id).scan_failures = before

    run(database, scan_id, dict.fromkeys(("a.example", "b.example"), "no address"))

    with database.reading() as session:
        vendor = session.get(Vendor, vendor_id)
    assert vendor.next_scan_at == LATER + dt.timedelta(hours=hours)
    assert vendor.scan_failures == before + 1


def test_a_look_that_saw_something_forgets_the_failures(database, ordered):
    """Only failures in a row count."""
    vendor_id, scan_id = ordered
    with database.transaction() as session:
        session.get(Vendor, vendor_id).scan_failures = 3

    run(database, scan_id, {host: seen(host) for host in ("a.example", "b.example")})

    with database.reading() as session:
        assert session.get(Vendor, vendor_id).scan_failures == 0


@pytest.mark.parametrize("days", [1, 7, 90])
def test_vendors_are_looked_at_early_and_not_all_at_once(days):
    """Never later than promised, a tenth of the interval early at most, spread by their ids."""
    early = [scans.early(uuid.UUID(int=number), days) for number in range(1000)]

    assert min(early) == dt.timedelta(0)
    assert dt.timedelta(days=days) * 0.0999 <= max(early) <= dt.timedelta(days=days) * 0.1
    assert len(set(early)) == 1000


def test_a_scan_that_workers_die_over_is_given_up(database, ordered):
    """The fourth worker does not begin it; the reason says why."""
    _, scan_id = ordered
    for _worker in range(3):
        with database.transaction() as session:
            assert scans.begin(session, scan_id, now=LATER)

    with database.transaction() as session:
        assert scans.begin(session, scan_id, now=LATER) == ()

    with database.reading() as session:
        scan = session.get(Scan, scan_id)
    assert (scan.state, "died, 3 times" in scan.reason) == (ScanState.FAILED, True)


def test_a_sample_is_looked_at_by_nothing_but_its_own_story(database, queue):
    """Its names are invented: the real network would fail it for not being there."""
    with database.transaction() as session:
        vendor = make_vendor(session, "a.example")
        vendor.sample = True
        asked = scans.request_scan(session, vendor, now=NOON, by=None, enqueue=queue)
        told = scans.request_scan(
            session, vendor, now=NOON, by=None, enqueue=queue, cause=scans.SAMPLE
        )

    assert asked is None
    assert told is not None
