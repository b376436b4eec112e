"""Vendors, their domains, contacts and engagements: what a step writes, and what it refuses."""

import datetime as dt
import threading
import uuid

import pytest
from sqlmodel import Session, col, select

from tests.databases import only
from tests.factories import NOON, make_user
from vendor_risk.evidence import HostClass
from vendor_risk.scoring.model import Tier
from vendor_risk.store.audit import tell
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.people import User
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import (
    Contact,
    ContactRole,
    ContactToken,
    Kinship,
    Vendor,
    VendorState,
)
from vendor_risk.workflow import (
    contacts,
    domains,
    engagements,
    families,
    host_classes,
    vendors,
)
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.vendors import Stale, VendorRefused

ACTOR = uuid.UUID(int=1)
BY = {"now": NOON, "actor": ACTOR}
PAYROLL = {"data_sensitivity": 3, "data_volume": 1, "access": 2, "criticality": 2, "payment": 1}
CATERING = {"data_sensitivity": 0, "data_volume": 0, "access": 0, "criticality": 0, "payment": 1}


def make(session: Session, name: str = "Northwind Payroll GmbH", **said: object) -> Vendor:
    return vendors.create_vendor(session, name=name, **BY, **said)


def edit(session: Session, vendor: Vendor, **said: object) -> bool:
    now_said = {
        "revision": vendor.revision,
        "name": vendor.name,
        "supplier_number": vendor.supplier_number or "",
        "owner_id": vendor.owner_id,
        "state": VendorState(vendor.state),
        "in_use": vendor.in_use,
        "handshakes_agreed": vendor.handshakes_agreed,
    }
    return vendors.edit_vendor(session, vendor, **{**now_said, **said}, **BY)


@pytest.fixture
def session(database):
    with database.writing() as opened:
        opened.add(User(id=ACTOR, email="jana@example.com"))
        opened.flush()
        yield opened


def acts(session: Session) -> list[str]:
    session.commit()
    rows = session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence)))
    return [row.act for row in rows]


def last_told(session: Session):
    session.commit()
    newest = select(AuditEntry).order_by(col(AuditEntry.sequence).desc())
    return tell(session, session.exec(newest).first())


# vendors


def test_a_new_vendor_is_kept_with_its_key(session):
    """A vendor is stored as typed, with the folded name beside it."""
    make(session, "  Northwind\tPayroll GmbH ", tags=["HR", "#payroll", "hr"])
    session.commit()

    vendor = session.exec(select(Vendor)).one()
    assert (vendor.name, vendor.name_key) == ("Northwind Payroll GmbH", "northwind payroll")
    assert vendors.tags_of(session, vendor.id) == ["hr", "payroll"]


@pytest.mark.parametrize(
    "name", ["=1+1", "<script>alert(1)</script>", "شركة النيل\u200f", "🏦" * 50, "x" * 200]
)
def test_a_hostile_name_is_kept_as_it_is(session, name):
    """Markup, formulas, right-to-left names and emoji are names."""
    vendor = make(session, name)
    session.commit()

    assert session.exec(select(Vendor.name)).one() == name == vendor.name


@pytest.mark.parametrize("name", ["", " \t ", "\x00", "x" * 201])
def test_a_name_that_is_none_is_refused(session, name):
    """An empty or endless name is told at its field, and nothing is written."""
    with pytest.raises(VendorRefused) as refused:
        make(session, name)

    assert refused.value.field == "name"
    assert session.exec(select(Vendor)).first() is None


def test_a_control_character_never_reaches_the_database(session):
    """PostgreSQL refuses NUL, so it is taken out before."""
    assert make(session, "A\x00c\x07me").name == "Acme"


def test_a_supplier_number_names_one_vendor(session):
    """The second vendor with the same number is refused with the first one's name."""
    make(session, supplier_number="4711")

    with pytest.raises(VendorRefused, match="is that of Northwind Payroll GmbH") as refused:
        make(session, "Other", supplier_number=" 4711 ")

    assert refused.value.field == "supplier_number"


def test_an_edit_says_before_and_after(session):
    """The audit log keeps the fields that changed, with what they were."""
    vendor = make(session)

    assert edit(session, vendor, name="Northwind", in_use=True)

    told = last_told(session)
    assert told.before == {"name": "Northwind Payroll GmbH", "in_use": False}
    assert told.after == {"name": "Northwind", "in_use": True}
    assert vendor.name_key == "northwind"


def test_an_edit_that_changes_nothing_writes_nothing(session):
    """Saving a form untouched leaves revision and log alone."""
    vendor = make(session)

    assert not edit(session, vendor)

    assert vendor.revision == 1
    assert acts(session) == ["vendor.created"]


def test_a_stale_edit_is_refused(session):
    """Who saves over somebody else's change is told, and the change stays."""
    vendor = make(session)
    edit(session, vendor, name="Northwind")

    with pytest.raises(Stale):
        edit(session, vendor, revision=1, name="Southwind")

    assert vendor.name == "Northwind"


def test_archiving_keeps_the_state_for_the_way_back(session):
    """An archived vendor comes back as it was."""
    vendor = make(session, state=VendorState.APPROVED)

    assert vendors.archive(session, vendor, **BY)
    assert (vendor.state, vendor.archived_at) == (VendorState.ARCHIVED, NOON)
    assert vendors.restore(session, vendor, **BY)

    assert (vendor.state, vendor.archived_at) == (VendorState.APPROVED, None)


def test_archiving_stops_a_scan_that_waits(session):
    """Nobody looks at a vendor that left."""
    vendor = make(session)
    scan = Scan(vendor_id=vendor.id)
    session.add(scan)
    session.flush()

    vendors.archive(session, vendor, **BY)

    assert scan.state == ScanState.STOPPED


def test_a_family_has_no_circle(session):
    """A vendor cannot belong to its own subsidiary's brand."""
    holding, shop, brand = make(session, "Holding"), make(session, "Shop"), make(session, "Brand")
    families.set_parent(session, shop, holding, Kinship.SUBSIDIARY, **BY)
    families.set_parent(session, brand, shop, Kinship.BRAND, **BY)

    with pytest.raises(VendorRefused, match="Brand belongs to Holding"):
        families.set_parent(session, holding, brand, Kinship.BRAND, **BY)


def test_a_vendor_is_not_its_own_parent(session):
    """The shortest circle is refused as well."""
    vendor = make(session)

    with pytest.raises(VendorRefused, match="its own parent"):
        families.set_parent(session, vendor, vendor, Kinship.BRAND, **BY)


def test_a_parent_can_be_taken_away(session):
    """Without a parent there is no kinship."""
    holding, shop = make(session, "Holding"), make(session, "Shop")
    families.set_parent(session, shop, holding, Kinship.BRAND, **BY)

    families.set_parent(session, shop, None, None, **BY)

    assert (shop.parent_id, shop.kinship) == (None, None)


def test_a_tag_is_borne_once(session):
    """A second time changes nothing, whatever its case."""
    vendor = make(session)

    assert vendors.add_tag(session, vendor, "Payroll", **BY)
    assert not vendors.add_tag(session, vendor, "#payroll ", **BY)
    assert vendors.remove_tag(session, vendor, "payroll", **BY)

    assert vendors.tags_of(session, vendor.id) == []


def test_an_owner_is_noted(session):
    """Who takes a vendor over is in the log."""
    vendor = make(session)
    user = make_user(session, "analyst")

    assert vendors.set_owner(session, vendor, user.id, **BY)
    assert not vendors.set_owner(session, vendor, user.id, **BY)

    assert last_told(session).after == {"owner_id": str(user.id)}


# domains


def test_a_domain_is_kept_in_both_spellings(session):
    """The host is ASCII for machines, Unicode for people, with the name that was registered."""
    vendor = make(session)

    domain = domains.add_domain(session, vendor, "Login.Bücher.example.", HostClass.LOGIN, **BY)

    assert domain.host == "login.xn--bcher-kva.example"
    assert domain.display == "login.bücher.example"
    assert domain.registrable == "xn--bcher-kva.example"


@pytest.mark.parametrize("text", ["", "10.0.0.1", "https://a.example/", "a@b.example", "x" * 300])
def test_what_is_no_host_is_refused_with_the_mend(session, text):
    """The sentence of the parser reaches the field."""
    vendor = make(session)

    with pytest.raises(VendorRefused) as refused:
        domains.add_domain(session, vendor, text, **BY)

    assert refused.value.field == "domain"
    assert domains.domains_of(session, vendor.id) == []


def test_a_domain_stands_once_with_a_vendor(session):
    """The same host in other letters is the same host."""
    vendor = make(session)
    domains.add_domain(session, vendor, "shop.example", **BY)

    with pytest.raises(VendorRefused, match="already"):
        domains.add_domain(session, vendor, "SHOP.example.", **BY)


def test_the_main_domain_comes_first(session):
    """Lists show the main host before the others."""
    vendor = make(session)
    for host, kind in (("a.shop.example", HostClass.LOGIN), ("shop.example", HostClass.MAIN)):
        domains.add_domain(session, vendor, host, kind, **BY)

    assert [d.host for d in domains.domains_of(session, vendor.id)] == [
        "shop.example",
        "a.shop.example",
    ]


def test_a_domain_changes_its_class_and_goes(session):
    """Both acts are in the log with the host."""
    vendor = make(session)
    domain = domains.add_domain(session, vendor, "shop.example", **BY)

    host_classes.set_domain_class(session, vendor, domain, HostClass.PAYMENT, **BY)
    domains.remove_domain(session, vendor, domain, **BY)

    assert acts(session)[-2:] == ["vendor.domain_class", "vendor.domain_removed"]
    assert domains.domains_of(session, vendor.id) == []


# contacts


def add_jana(session: Session, vendor: Vendor) -> Contact:
    return contacts.add_contact(
        session,
        vendor,
        name="Jana Ortiz",
        email="Jana.Ortiz@Vendor.Example",
        phone="+49 30 901820",
        roles=[ContactRole.PRIVACY, ContactRole.SECURITY],
        **BY,
    )


def found(session: Session, text: str) -> set[uuid.UUID]:
    hits = [
        set(session.exec(select(ContactToken.contact_id).where(col(ContactToken.token).in_(some))))
        for some in contacts.wanted_tokens(text)
    ]
    return set.intersection(*hits) if hits else set()


def test_a_contact_is_sealed_at_rest(session):
    """Neither name nor address stand in the database as they are read."""
    add_jana(session, make(session))
    session.commit()

    row = session.connection().exec_driver_sql("SELECT name, email, phone FROM contact").one()
    stored = b"".join(bytes(value) for value in row).lower()
    assert b"jana" not in stored
    assert b"901820" not in stored


@pytest.mark.parametrize("text", ["jana", "ORTIZ jana", "jana.ortiz@vendor.example"])
def test_a_contact_is_found_by_words_and_address(session, text):
    """Words in any order and case find it, and so does the whole address."""
    contact = add_jana(session, make(session))

    assert found(session, text) == {contact.id}


def test_a_contact_that_changed_is_found_by_the_new_words_alone(session):
    """The hashes follow the name."""
    vendor = make(session)
    contact = add_jana(session, vendor)

    contacts.edit_contact(
        session, vendor, contact, name="Jana Weiss", email="", phone="", roles=[], **BY
    )

    assert found(session, "ortiz") == set()
    assert found(session, "weiss") == {contact.id}


def test_a_removed_contact_leaves_no_hash(session):
    """Nothing finds who is gone."""
    vendor = make(session)
    contacts.remove_contact(session, vendor, add_jana(session, vendor), **BY)
    session.commit()

    assert session.exec(select(ContactToken)).first() is None


def test_an_address_keeps_the_case_before_the_at(session):
    """Only the domain is folded, as RFC 5321 has it."""
    contact = add_jana(session, make(session))

    assert contact.email == "Jana.Ortiz@vendor.example"


@pytest.mark.parametrize(
    "email", ["jana", "jana@", "@vendor.example", "a b@vendor.example", "jana@localhost"]
)
def test_what_is_no_address_is_refused(session, email):
    """The sentence names the field."""
    with pytest.raises(VendorRefused) as refused:
        contacts.add_contact(session, make(session), name="Jana", email=email, **BY)

    assert refused.value.field == "email"


# engagements


def test_an_engagement_with_all_facts_gives_the_vendor_its_tier(session):
    """The vendor shows the inherent risk and the tier of what we buy."""
    vendor = make(session)

    engagement = engagements.add_engagement(session, vendor, Terms("Payroll", levels=PAYROLL), **BY)

    # I = (150 x 3 + 30 x 3 + 15 x 1 + 30 x 2 + 15 x 2 + 10 x 1 + 5) // 10
    assert (engagement.inherent, engagement.tier) == (66, 2)
    assert (vendor.inherent, vendor.tier, vendor.triaged_at) == (66, 2, NOON)


def test_an_engagement_without_a_fact_has_no_tier(session):
    """Unknown is neither low nor high."""
    vendor = make(session)

    engagements.add_engagement(
        session, vendor, Terms("Payroll", levels={**PAYROLL, "access": None}), **BY
    )

    assert (vendor.inherent, vendor.tier, vendor.triaged_at) == (None, None, None)


def test_the_strictest_engagement_shows(session):
    """Of several the highest tier and inherent risk stand on the vendor."""
    vendor = make(session)
    for name, levels in (("Payroll", PAYROLL), ("Lunch", CATERING)):
        engagements.add_engagement(session, vendor, Terms(name, levels=levels), **BY)

    assert (vendor.inherent, vendor.tier) == (66, 2)


def test_an_ended_engagement_counts_no_more(session):
    """What we buy no longer sets no tier, and counts again when resumed."""
    vendor = make(session)
    payroll = engagements.add_engagement(session, vendor, Terms("Payroll", levels=PAYROLL), **BY)
    engagements.add_engagement(session, vendor, Terms("Lunch", levels=CATERING), **BY)

    engagements.end_engagement(session, vendor, payroll, **BY)
    assert vendor.tier == 4
    engagements.resume_engagement(session, vendor, payroll, **BY)

    assert vendor.tier == 2


def test_a_person_can_set_another_tier_with_a_reason(session):
    """The override holds, the computed number stays."""
    vendor = make(session)
    lunch = engagements.add_engagement(session, vendor, Terms("Lunch", levels=CATERING), **BY)

    engagements.override_tier(
        session, vendor, lunch, Tier.T1, "They cook on our site", revision=1, **BY
    )

    assert (vendor.tier, lunch.inherent, lunch.override_by_id) == (1, lunch.inherent, ACTOR)
    engagements.override_tier(session, vendor, lunch, None, "", revision=2, **BY)
    assert (vendor.tier, lunch.override_reason, lunch.override_by_id) == (4, "", None)


@pytest.mark.parametrize(("levels", "reason"), [(CATERING, " "), ({}, "because")])
def test_a_tier_needs_facts_and_a_reason(session, levels, reason):
    """An override departs from something, and says why."""
    vendor = make(session)
    lunch = engagements.add_engagement(session, vendor, Terms("Lunch", levels=levels), **BY)

    with pytest.raises(VendorRefused):
        engagements.override_tier(session, vendor, lunch, Tier.T1, reason, revision=1, **BY)


def test_an_override_survives_new_facts(session):
    """Only a person takes a person's tier away."""
    vendor = make(session)
    lunch = engagements.add_engagement(session, vendor, Terms("Lunch", levels=CATERING), **BY)
    engagements.override_tier(session, vendor, lunch, Tier.T3, "Why", revision=1, **BY)

    engagements.edit_engagement(
        session, vendor, lunch, Terms("Lunch", levels=PAYROLL), revision=2, **BY
    )

    assert (lunch.inherent, lunch.tier) == (66, 3)


def test_a_stale_engagement_is_refused(session):
    """Two who edit the same engagement do not overwrite each other."""
    vendor = make(session)
    lunch = engagements.add_engagement(session, vendor, Terms("Lunch"), **BY)
    engagements.edit_engagement(session, vendor, lunch, Terms("Dinner"), revision=1, **BY)

    with pytest.raises(Stale):
        engagements.edit_engagement(session, vendor, lunch, Terms("Brunch"), revision=1, **BY)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(""), "name"),
        (Terms("A", spend_minor=-1, currency="EUR"), "spend"),
        (Terms("A", spend_minor=1, currency="EURO"), "currency"),
        (Terms("A", levels={"access": 5}), "access"),
        (Terms("A", floors=frozenset({"moon"})), "floors"),
    ],
)
def test_terms_that_cannot_be_are_refused(session, terms, field):
    """Each wrong fact is told at its field."""
    with pytest.raises(VendorRefused) as refused:
        engagements.add_engagement(session, make(session), terms, **BY)

    assert refused.value.field == field


def test_the_log_says_how_an_edit_moved_the_tier(session):
    """Before and after carry the result beside the facts."""
    vendor = make(session)
    lunch = engagements.add_engagement(session, vendor, Terms("Lunch", levels=CATERING), **BY)

    engagements.edit_engagement(
        session,
        vendor,
        lunch,
        Terms("Lunch", levels={**CATERING, "access": 3}),
        revision=1,
        now=NOON + dt.timedelta(days=1),
        actor=ACTOR,
    )

    told = last_told(session)
    assert told.before == {"access": 0, "inherent": 16, "tier": 4}
    assert told.after == {"access": 3, "inherent": 55, "tier": 2}


@only("postgresql")  # SQLite has one writer at a time
def test_two_edits_at_once_give_one_vendor_the_number(database):
    """The second is told, as when the first had been there for long."""
    said = {"revision": 1, "supplier_number": "4711", "owner_id": None, "in_use": False}
    said["handshakes_agreed"] = None
    with database.transaction() as session:
        ids = [vendors.create_vendor(session, name=name, **BY).id for name in ("Acme", "Beta")]
    refused = []

    def second():
        try:
            with database.transaction() as session:
                beta = session.get_one(Vendor, ids[1])
                vendors.edit_vendor(
                    session, beta, name="Beta", state=VendorState.PROSPECT, **said, **BY
                )
        except VendorRefused as error:
            refused.append(error.field)

    with database.transaction() as session:
        acme = session.get_one(Vendor, ids[0])
        vendors.edit_vendor(session, acme, name="Acme", state=VendorState.PROSPECT, **said, **BY)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.5)  # it waits for the first, which took the number and is not at its end
    thread.join(10)

    assert refused == ["supplier_number"]
