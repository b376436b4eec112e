"""An intake request: drafts that lose nothing, facts read the careful way, one submission."""

import datetime as dt
import itertools
import threading
import uuid
from dataclasses import replace

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.evidence import HostClass
from vendor_risk.scoring.model import Tier, load
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.intake import Intake, IntakeState
from vendor_risk.store.models.scans import Scan, ScanHost
from vendor_risk.store.models.vendors import (
    Contact,
    ContactRole,
    Domain,
    Engagement,
    FactsSource,
    Vendor,
    VendorState,
)
from vendor_risk.workflow import drafts, intake, vendors
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.engagements import Terms, add_engagement, end_engagement
from vendor_risk.workflow.intake import NewContact, Submission, submit
from vendor_risk.workflow.intake_facts import STATEMENTS, Raised, read, short_way

LOW = {"data_sensitivity": 1, "data_volume": 1, "access": 1, "criticality": 1, "payment": 1}
CONFIRMED = {statement.factor for statement in STATEMENTS}
TAB = "a"


def test_levels_become_facts():
    """Without a floor the facts are the levels that were chosen."""
    reading = read(LOW, ())

    assert [reading.facts.level(factor) for factor in LOW] == [1, 1, 1, 1, 1]
    assert reading.raised == ()


@pytest.mark.parametrize(
    ("floor", "factors"),
    [
        ("payment-page-script", ["access", "payment"]),
        ("card-data", ["data_sensitivity", "payment"]),
        ("special-category", ["data_sensitivity"]),
    ],
)
def test_a_floor_says_what_the_levels_must_be(floor, factors):
    """A low level beside a floor that contradicts it counts as the highest."""
    reading = read(LOW, {floor})

    assert reading.raised == tuple(Raised(factor, 1, floor) for factor in factors)
    assert all(reading.facts.level(factor) == 4 for factor in factors)


def test_a_factor_raised_by_two_floors_is_told_once():
    """The payment role is raised by the script; the card data then finds it raised."""
    reading = read(LOW, {"payment-page-script", "card-data"})

    assert [one.factor for one in reading.raised] == ["access", "payment", "data_sensitivity"]


@pytest.mark.parametrize("volume", [0, 1])
def test_the_short_way_ends_at_tier_4(volume):
    """All statements confirmed and few people: tier 4, with each statement's highest level."""
    way = short_way(CONFIRMED, volume)

    assert way.outcome.tier == Tier.T4
    assert [way.facts.level(one.factor) for one in STATEMENTS] == [1, 0, 1, 1]


@pytest.mark.parametrize("volume", [2, 3, 4])
def test_many_people_close_the_short_way(volume):
    """With more people the tier would be stricter than 4, so all questions are asked."""
    way = short_way(CONFIRMED, volume)

    assert way.facts is None
    assert way.outcome.tier < Tier.T4


@pytest.mark.parametrize("missing", sorted(CONFIRMED))
def test_one_statement_not_confirmed_closes_the_short_way(missing):
    """Whoever is not sure of one statement answers all questions."""
    way = short_way(CONFIRMED - {missing}, 0)

    assert way.facts is None
    assert [one.factor for one in way.unconfirmed] == [missing]


def test_no_volume_closes_the_short_way():
    """Nobody said how many people: nothing is obvious."""
    assert short_way(CONFIRMED, None).facts is None


def test_a_stricter_model_closes_the_short_way():
    """The tier decides, not the statements: where the model calls this T3, it is asked in full."""
    numbers = load()
    tiers = dict(numbers.tiers)
    tiers[Tier.T3] = tiers[Tier.T3].model_copy(update={"from_": 20})

    assert short_way(CONFIRMED, 0, replace(numbers, tiers=tiers)).facts is None


@pytest.fixture
def ann(database):
    """The id of a requester."""
    with database.transaction() as session:
        return make_user(session, "requester").id


def begin(session, intake_id, requester_id, about=None):
    intake = drafts.blank(session, intake_id, requester_id=requester_id, now=NOON, about=about)
    return drafts.begin(session, intake, now=NOON)


@pytest.fixture
def draft_id(database, ann):
    """The id of a draft of Ann's with nothing in it."""
    with database.transaction() as session:
        return begin(session, uuid.uuid4(), ann).id


def save(session, draft, page, given, *, seen, tab=TAB):
    drafts.save(session, draft, page, given, seen=seen, tab=tab, now=NOON)


def test_two_clicks_begin_one_draft(database, ann):
    """The second click finds what the first began."""
    ids = []
    for _ in range(2):
        with database.transaction() as session:
            ids.append(begin(session, uuid.UUID(int=1), ann).id)

    assert ids == [uuid.UUID(int=1)] * 2


def test_a_draft_cannot_be_taken_over(database, draft_id):
    """Whoever knows the id of another's draft gets nothing by beginning it again."""
    with database.transaction() as session:
        ben = make_user(session, "requester", email="ben@example.com")

        assert begin(session, draft_id, ben.id) is None


def test_what_was_typed_is_kept_as_typed(database, draft_id):
    """Wrong, long, right-to-left and with control characters: it comes back unchanged."""
    given = {"name": ["  \u202eevil\x00 <b>😀 " + "x" * 300], "domain": ["https://x/"]}
    with database.transaction() as session:
        save(session, drafts.find(session, draft_id), "vendor", given, seen=1)

    with database.reading() as session:
        assert drafts.typed(session.get(Intake, draft_id), "vendor") == given


def test_the_title_is_the_vendors_name(database, draft_id):
    """The list shows a name that any database and page can carry."""
    with database.transaction() as session:
        save(session, drafts.find(session, draft_id), "vendor", {"name": ["A\x00 \n B"]}, seen=1)

    with database.reading() as session:
        assert session.get(Intake, draft_id).title == "A B"


@pytest.fixture
def seen_in_two_tabs(database, draft_id):
    """A draft whose purchase page one tab saved, while another still shows what was before."""
    with database.transaction() as session:
        save(session, drafts.find(session, draft_id), "purchase", {"name": ["A"]}, seen=1)
    return draft_id


def test_another_tab_does_not_overwrite(database, seen_in_two_tabs):
    """The second tab is told what the first one saved, and nothing is lost."""
    with database.transaction() as session, pytest.raises(drafts.Overtaken) as told:
        draft = drafts.find(session, seen_in_two_tabs)
        save(session, draft, "purchase", {"name": ["B"]}, seen=1, tab="b")

    assert told.value.kept == {"name": ["A"]}


@pytest.mark.parametrize(
    "case",
    [
        ("purchase", {"name": ["B"]}, 2, "b"),
        ("purchase", {"name": ["A"]}, 1, "b"),
        ("purchase", {"name": ["B"]}, 1, TAB),
        ("access", {"level": ["1"]}, 1, "b"),
    ],
    ids=["saw it", "the same text", "the same page again", "another page"],
)
def test_what_is_no_conflict_is_saved(database, seen_in_two_tabs, case):
    """Only a tab that would overwrite what it never saw is stopped."""
    page, given, seen, tab = case
    with database.transaction() as session:
        draft = drafts.find(session, seen_in_two_tabs)
        save(session, draft, page, given, seen=seen, tab=tab)

    with database.reading() as session:
        assert drafts.typed(session.get(Intake, seen_in_two_tabs), page) == given


def test_a_withdrawn_draft_can_be_taken_up(database, ann, draft_id):
    """Undo brings the draft back with all that was typed."""
    with database.transaction() as session:
        draft = drafts.find(session, draft_id)
        save(session, draft, "purchase", {"name": ["A"]}, seen=1)
        drafts.withdraw(session, draft, actor=ann, now=NOON)
        drafts.take_up(session, draft, actor=ann, now=NOON)

    with database.reading() as session:
        draft = session.get(Intake, draft_id)
        assert (draft.state, drafts.typed(draft, "purchase")) == ("draft", {"name": ["A"]})


def test_a_choice_among_fewer_is_asked_again(database, draft_id):
    """ "None of these" was said of one vendor, and now there is a second."""
    first, second = uuid.uuid4(), uuid.uuid4()
    with database.transaction() as session:
        draft = drafts.find(session, draft_id)
        drafts.offer(draft, [first])
        save(session, draft, "match", {"choice": ["new"]}, seen=1)
        drafts.offer(draft, [first])
        kept = drafts.typed(draft, "match")
        drafts.offer(draft, [first, second])

    assert (kept, drafts.typed(draft, "match")) == ({"choice": ["new"]}, {})


def test_a_person_sees_their_own_requests(database, ann, draft_id):
    """Another's draft is not in the list of one's own, but in that of all."""
    with database.transaction() as session:
        ben = make_user(session, "requester", email="ben@example.com")
        begin(session, uuid.uuid4(), ben.id)

    with database.reading() as session:
        own = drafts.requests(session, requester_id=ann, state=None)
        every = drafts.requests(session, requester_id=None, state=None)
    assert [one.id for one in own] == [draft_id]
    assert {one.requester for one in every} == {"Ann", "Ben"}


def test_requests_are_counted_by_state(database, ann, draft_id):
    """Each state has its number, also when it is none."""
    with database.reading() as session:
        found = drafts.counts(session, requester_id=ann)

    assert found == {
        IntakeState.DRAFT: 1,
        IntakeState.SUBMITTED: 0,
        IntakeState.WITHDRAWN: 0,
    }


@pytest.fixture
def submission(ann):
    """A parcel carrier, filled in whole."""
    levels = LOW | {"data_sensitivity": 2, "data_volume": 3, "criticality": 2}
    return Submission(
        vendor_name="Parcel Express GmbH",
        domain="parcel.example",
        supplier_number="S-1",
        join=None,
        terms=Terms(name="Parcels", purpose="Ships", owner_id=ann, spend_minor=1, currency="EUR"),
        reading=read(levels, ()),
        fast_lane=False,
        contacts=(NewContact("Jo", "jo@parcel.example", "", (ContactRole.SECURITY,)),),
        domains=(("track.parcel.example", HostClass.SERVICE),),
    )


@pytest.fixture
def send(database, ann, queue):
    """`send(draft_id, submission)`: submitted in a transaction of its own, as a page does."""

    def one(draft_id, submission):
        with database.transaction() as session:
            draft = drafts.find(session, draft_id)
            return submit(session, draft, submission, now=NOON, by=ann, enqueue=queue)

    return one


@pytest.fixture
def sent(database, draft_id, submission, send):
    """The request, submitted."""
    send(draft_id, submission)
    with database.reading() as session:
        yield session


def test_submitting_makes_the_vendor(sent, ann):
    """Name, number and owner are in the inventory, and the vendor is being assessed."""
    vendor = sent.exec(select(Vendor)).one()

    assert (vendor.name, vendor.supplier_number) == ("Parcel Express GmbH", "S-1")
    assert (vendor.owner_id, vendor.state) == (ann, VendorState.ASSESSING)


def test_submitting_makes_the_engagement_with_its_tier(sent):
    """The facts are those of the form, and the vendor shows their tier."""
    engagement = sent.exec(select(Engagement)).one()

    # (150 x 3 + 30 x 2 + 15 x 3 + 30 x 1 + 15 x 2 + 10 x 1 + 5) // 10
    assert (engagement.inherent, engagement.tier) == (63, 2)
    assert (engagement.facts_source, engagement.model) == (FactsSource.INTAKE, "1.0.0")
    assert sent.exec(select(Vendor.tier)).one() == 2


def test_submitting_registers_hosts_and_contacts(sent):
    """The main domain is main, the others what was said; contacts keep their roles."""
    hosts = {row.host: row.host_class for row in sent.exec(select(Domain))}

    assert hosts == {"parcel.example": "main", "track.parcel.example": "service"}
    contact = sent.exec(select(Contact)).one()
    assert (contact.name, contact.roles) == ("Jo", ["security"])


def test_submitting_queues_one_scan_of_all_hosts(sent, queue):
    """The job is asked for in the transaction of its cause."""
    scan = sent.exec(select(Scan)).one()

    assert queue == [("scan", [str(scan.id)])]
    assert scan.cause == "intake"
    assert len(sent.exec(select(ScanHost)).all()) == 2


def test_submitting_is_in_the_log(sent, ann, draft_id):
    """Who submitted which request."""
    entry = sent.exec(select(AuditEntry).where(AuditEntry.act == "intake.submitted")).one()

    assert (entry.actor_id, entry.subject_id) == (ann, str(draft_id))


def test_the_result_is_kept_as_it_was_told(sent, draft_id):
    """Tier and reasons come back from the request itself."""
    result = intake.result_of(sent.get(Intake, draft_id))

    assert (result.inherent.value, result.inherent.tier, result.joined) == (63, Tier.T2, False)
    assert sum(line.points for line in result.inherent.lines) == 63


def test_without_a_domain_nothing_is_scanned(database, draft_id, submission, queue, send):
    """The result says that there is no scan."""
    send(draft_id, replace(submission, domain="", domains=()))

    with database.reading() as session:
        assert intake.result_of(session.get(Intake, draft_id)).scan_id is None
    assert queue == []


def test_submitting_twice_makes_one_vendor(database, draft_id, submission, send):
    """The second click changes nothing and says so."""
    send(draft_id, submission)

    assert send(draft_id, submission) is False
    with database.reading() as session:
        assert len(session.exec(select(Vendor)).all()) == 1


def test_two_clicks_at_once_make_one_vendor(database, draft_id, submission, send):
    """Two requests in two threads: the row of the request lets one through."""
    done = []
    gate = threading.Barrier(2)

    def click():
        gate.wait()
        done.append(send(draft_id, submission))

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == [False, True]
    with database.reading() as session:
        assert len(session.exec(select(Vendor)).all()) == 1


@pytest.mark.parametrize(
    "spoilt",
    [{"domain": "192.0.2.1"}, {"vendor_name": "\x00"}, {"supplier_number": "TAKEN"}],
    ids=["address", "no name", "number taken"],
)
def test_what_cannot_be_writes_nothing(database, draft_id, submission, send, spoilt):
    """A refusal in the middle leaves no vendor, no engagement and a draft that can be mended."""
    with database.transaction() as session:
        vendors.create_vendor(
            session, name="Other", supplier_number="TAKEN", now=NOON, actor="test"
        )
    with pytest.raises(vendors.VendorRefused):
        send(draft_id, replace(submission, **spoilt))

    with database.reading() as session:
        assert session.exec(select(Vendor.name)).all() == ["Other"]
        assert session.exec(select(Engagement)).all() == []
        assert session.get(Intake, draft_id).state == IntakeState.DRAFT


@pytest.fixture
def known(database):
    """The id of a vendor in use that nobody triaged, with a domain."""
    with database.transaction() as session:
        vendor = vendors.create_vendor(
            session, name="Parcel Express", in_use=True, now=NOON, actor="test"
        )
        add_domain(session, vendor, "parcel.example", now=NOON, actor="test")
        return vendor.id


def test_joining_adds_an_engagement(database, draft_id, submission, send, known):
    """The vendor stays one, and is triaged by the facts of the form."""
    send(draft_id, replace(submission, join=known))

    with database.reading() as session:
        vendor = session.exec(select(Vendor)).one()
        assert (vendor.name, vendor.tier, vendor.triaged_at) == ("Parcel Express", 2, NOON)
        assert vendor.supplier_number == "S-1"
        assert session.exec(select(Engagement.name)).all() == ["Parcels"]


def test_joining_adds_only_what_is_missing(database, draft_id, submission, send, known):
    """A host that is there stays as it is; a second main one would not be main."""
    more = replace(submission, join=known, domain="parcel-shop.example")
    send(draft_id, more)

    with database.reading() as session:
        hosts = {row.host: row.host_class for row in session.exec(select(Domain))}
    assert hosts == {
        "parcel.example": "main",
        "parcel-shop.example": "other",
        "track.parcel.example": "service",
    }


def test_joining_does_not_double_a_contact(database, quick, submission, ann, send):
    """The address is there already, so the contact is."""
    for draft_id in (begin_about(database, quick, ann), begin_about(database, quick, ann)):
        send(draft_id, replace(submission, join=quick))

    with database.reading() as session:
        assert len(session.exec(select(Contact)).all()) == 1


def test_joining_an_archived_vendor_brings_it_back(database, draft_id, submission, send, known):
    """Who buys from a vendor again uses it."""
    with database.transaction() as session:
        vendors.archive(session, session.get(Vendor, known), now=NOON, actor="test")
    send(draft_id, replace(submission, join=known))

    with database.reading() as session:
        vendor = session.get(Vendor, known)
        assert (vendor.archived_at, vendor.supplier_number) == (None, "S-1")


def test_joining_a_merged_vendor_joins_the_one_it_went_into(
    database, draft_id, submission, send, known
):
    """The choice was made before somebody merged the two."""
    with database.transaction() as session:
        kept = vendors.create_vendor(session, name="Kept", now=NOON, actor="test")
        session.get(Vendor, known).merged_into_id = kept.id
        kept_id = kept.id
    send(draft_id, replace(submission, join=known))

    with database.reading() as session:
        assert session.exec(select(Engagement.vendor_id)).all() == [kept_id]


@pytest.fixture
def quick(database, known):
    """The vendor in use, with the upper ends of triage as facts."""
    with database.transaction() as session:
        vendor = session.get(Vendor, known)
        terms = Terms(name="In use", levels=dict.fromkeys(LOW, 4))
        add_engagement(session, vendor, terms, source=FactsSource.TRIAGE, now=NOON, actor="test")
    return known


def begin_about(database, vendor_id, ann):
    with database.transaction() as session:
        vendor = session.get(Vendor, vendor_id)
        return begin(session, uuid.uuid4(), ann, about=vendor).id


def test_a_request_about_a_vendor_in_use_knows_it(database, known, ann):
    """Name and domain stand there, and the question which vendor it is, is answered."""
    draft_id = begin_about(database, known, ann)

    with database.reading() as session:
        draft = session.get(Intake, draft_id)
        assert drafts.typed(draft, "vendor") == {
            "name": ["Parcel Express"],
            "supplier_number": [""],
            "domain": ["parcel.example"],
        }
        assert drafts.typed(draft, "match") == {"choice": [str(known)]}


def test_the_full_intake_replaces_the_quick_facts(database, quick, submission, ann, send):
    """The engagement of triage gets the facts of the form; no second one appears."""
    draft_id = begin_about(database, quick, ann)
    send(draft_id, replace(submission, join=quick))

    with database.reading() as session:
        engagement = session.exec(select(Engagement)).one()
        assert (engagement.name, engagement.tier) == ("Parcels", 2)
        assert engagement.facts_source == FactsSource.INTAKE


def test_quick_facts_that_prove_right_are_no_longer_quick(database, quick, submission, ann, send):
    """The form confirms the upper ends: their source is the form from then on."""
    draft_id = begin_about(database, quick, ann)
    confirmed = read(dict.fromkeys(LOW, 4), ())
    send(draft_id, replace(submission, join=quick, reading=confirmed))

    with database.reading() as session:
        assert session.exec(select(Engagement.facts_source)).one() == FactsSource.INTAKE


def test_withdrawing_what_was_submitted_ends_the_engagement(
    database, draft_id, submission, ann, send
):
    """The vendor stays, without a tier; undo brings the engagement back."""
    send(draft_id, submission)
    tiers = []
    for step in (drafts.withdraw, drafts.take_up):
        with database.transaction() as session:
            step(session, drafts.find(session, draft_id), actor=ann, now=NOON)
            tiers.append(session.exec(select(Vendor.tier)).one())

    assert tiers == [None, 2]
    with database.reading() as session:
        assert session.get(Intake, draft_id).state == IntakeState.SUBMITTED


def test_taking_up_does_not_revive_what_an_analyst_ended(database, draft_id, submission, ann, send):
    """The engagement had ended before the request was withdrawn, so it stays ended."""
    send(draft_id, submission)
    later = NOON + dt.timedelta(hours=1)
    with database.transaction() as session:
        engagement, vendor = session.exec(select(Engagement, Vendor).join(Vendor)).one()
        end_engagement(session, vendor, engagement, now=NOON, actor="analyst")
        draft = drafts.find(session, draft_id)
        drafts.withdraw(session, draft, actor=ann, now=later)
        drafts.take_up(session, draft, actor=ann, now=later)

    with database.reading() as session:
        assert session.exec(select(Engagement.ended_at)).one() == NOON


def test_a_sent_request_takes_no_answers(database, draft_id, submission, ann, send):
    """Not even while it is withdrawn."""
    send(draft_id, submission)
    with database.transaction() as session:
        draft = drafts.find(session, draft_id)
        drafts.withdraw(session, draft, actor=ann, now=NOON)
        with pytest.raises(drafts.AlreadySent):
            save(session, draft, "purchase", {"name": ["Jets"]}, seen=99)


def test_a_vendor_in_use_is_not_withdrawn_by_a_request(database, quick, submission, ann, send):
    """The engagement was there before the request, so it stays."""
    draft_id = begin_about(database, quick, ann)
    send(draft_id, replace(submission, join=quick))

    with database.transaction() as session:
        assert not drafts.withdraw(session, drafts.find(session, draft_id), actor=ann, now=NOON)


def test_no_combination_of_the_short_way_is_above_tier_4():
    """Whatever is confirmed and however many people: open means tier 4."""
    for chosen in itertools.product([True, False], repeat=len(STATEMENTS)):
        confirmed = {one.factor for one, yes in zip(STATEMENTS, chosen, strict=True) if yes}
        for volume in (None, 0, 1, 2, 3, 4):
            way = short_way(confirmed, volume)
            assert way.facts is None or way.outcome.tier == Tier.T4
