"""Scripts on our own pages: kept, tied to a vendor known or not, and told from those that left."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from tests.factories import NOON, make_user
from vendor_risk.checks.own_scripts import Loaded, OwnPages
from vendor_risk.store import portfolio
from vendor_risk.store.audit import tell
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Engagement, FactsSource, Vendor, VendorState
from vendor_risk.store.queries import scripts as listed
from vendor_risk.store.queries.scripts import ScriptFilter
from vendor_risk.store.queries.vendors import VendorFilter, count
from vendor_risk.workflow import (
    authorisation,
    domains,
    engagements,
    merges,
    own_pages,
    page_scripts,
    scans,
    triage,
    triage_queue,
    vendors,
)
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.vendors import Stale, VendorRefused

BY = {"now": NOON, "actor": "test"}
LATER = NOON + dt.timedelta(days=1)
FRONT, TILL = "https://shop.example/", "https://shop.example/till"
HARMLESS = {"data_sensitivity": 1, "data_volume": 1, "access": 0, "criticality": 1, "payment": 0}
TABLE = {
    "js.pay.example": ("Pay Inc.", "payment"),
    "*.paycdn.example": ("Pay Inc.", "payment"),
    "tag.example": ("Tagger", "tag-manager"),
}
PAY = Loaded(
    page=TILL,
    script="https://js.pay.example/v3.js",
    host="js.pay.example",
    domain="pay.example",
    owner="Pay Inc.",
    card_page=True,
    encrypted=True,
    held=False,
)
CHAT = Loaded(
    page=FRONT,
    script="https://chat.example/w.js",
    host="chat.example",
    domain="chat.example",
    owner="",
    card_page=False,
    encrypted=True,
    held=True,
)


@pytest.fixture
def session(database):
    with database.writing() as opened:
        yield opened


@pytest.fixture
def ours(session):
    """Our own company, with its shop."""
    vendor = vendors.create_vendor(session, name="Contoso", in_use=True, **BY)
    vendor.ours = True
    domains.add_domain(session, vendor, "shop.example", **BY)
    session.flush()
    return vendor


@pytest.fixture
def ann(session):
    return make_user(session, "analyst").id


@pytest.fixture
def look(session, ours, queue):
    """`look(*scripts)`: a scan of the shop saw these, on pages that it read as a whole."""

    def scan(*loaded, whole=(FRONT, TILL), host="shop.example", now=NOON, table=TABLE):
        open_one = scans.request_scan(session, ours, now=now, by=None, enqueue=queue)
        scans.begin(session, open_one.id, now=now)
        seen = OwnPages(loaded, frozenset(whole))
        page_scripts.record(session, open_one.id, host, seen, now=now, table=table)
        scans.fail(session, open_one.id, "only the scripts are of interest", now=now)
        session.flush()

    return scan


def rows(session):
    return session.exec(select(PageScript).order_by(PageScript.script)).all()


def named(session, name):
    return session.exec(select(Vendor).where(Vendor.name == name)).one()


def test_an_unknown_script_becomes_a_shadow_vendor(session, look):
    """In use, untriaged, tagged, with the domain that the script comes from, told to the log."""
    look(PAY)

    (row,) = rows(session)
    vendor = session.get(Vendor, row.vendor_id)
    assert (vendor.name, vendor.in_use, vendor.triaged_at) == ("Pay Inc.", True, None)
    assert vendors.tags_of(session, vendor.id) == ["shadow"]
    assert [each.host for each in domains.domains_of(session, vendor.id)] == ["pay.example"]
    assert [each.name for each in triage_queue.queue(session)] == ["Pay Inc."]
    session.commit()
    entries = session.exec(select(AuditEntry).where(AuditEntry.subject_id == str(vendor.id)))
    assert {(entry.actor_kind, entry.act) for entry in entries} >= {("scan", "vendor.created")}


def test_an_unknown_owner_leaves_the_domain_as_the_name(session, look):
    """Somebody will know who that is."""
    look(CHAT)

    assert named(session, "chat.example").in_use


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_a_script_from_an_address_has_a_vendor_once(session, look, address):
    """An address is no domain, but whose script it was is known the next time."""
    odd = replace(CHAT, host=address, domain=address, script=f"http://{address}/a.js")
    look(odd)
    look(replace(odd, script=f"http://{address}/b.js"))

    vendor = named(session, address)
    assert {row.vendor_id for row in rows(session)} == {vendor.id}
    assert not domains.domains_of(session, vendor.id)


def test_a_known_domain_ties_the_script(session, look):
    """By the registrable name, whatever the host."""
    vendor = vendors.create_vendor(session, name="Payments", **BY)
    domains.add_domain(session, vendor, "www.pay.example", **BY)

    look(PAY)

    assert [row.vendor_id for row in rows(session)] == [vendor.id]
    assert triage_queue.waiting(session) == 0


def test_a_domain_of_the_same_owner_ties_the_script(session, look):
    """The table says that both names are one company's."""
    vendor = vendors.create_vendor(session, name="Payments", **BY)
    domains.add_domain(session, vendor, "www.paycdn.example", **BY)

    look(PAY)

    assert [row.vendor_id for row in rows(session)] == [vendor.id]


def test_two_scripts_of_one_owner_make_one_shadow(session, look):
    """The first makes it, the second finds it by the table."""
    cdn = replace(PAY, host="a.paycdn.example", domain="paycdn.example", script="https://a.p/x.js")

    look(PAY, cdn)

    assert len({row.vendor_id for row in rows(session)}) == 1


def test_a_second_look_makes_nothing_twice(session, look):
    """First seen stays, last seen moves on, and what people said is kept."""
    look(PAY)
    before = rows(session)[0]
    before.purpose = "Takes the card"
    look(PAY, now=LATER)

    (row,) = rows(session)
    assert (row.first_seen, row.last_seen, row.purpose) == (NOON, LATER, "Takes the card")
    assert len(session.exec(select(Vendor)).all()) == 2


def test_our_other_domains_are_no_vendor(session, ours, look):
    """A script from another domain of ours is tied to us, and lifts nobody."""
    domains.add_domain(session, ours, "chat.example", **BY)

    look(CHAT)

    assert [row.vendor_id for row in rows(session)] == [ours.id]
    assert not engagements.engagements_of(session, ours.id)


def test_a_look_at_a_vendor_keeps_no_scripts(session, ours, look):
    """Only our own pages are in the inventory."""
    ours.ours = False

    look(PAY)

    assert not rows(session)


def test_a_flood_of_hosts_makes_few_vendors(session, look):
    """What is not tied now is tied by the next looks."""
    many = [
        replace(CHAT, domain=f"a{n}.example", script=f"https://a{n}.example/") for n in range(40)
    ]

    look(*many)

    assert len([row for row in rows(session) if row.vendor_id]) == page_scripts.SHADOWS_MOST
    look(*many)
    assert all(row.vendor_id for row in rows(session))


def test_a_script_that_left_is_gone(session, look):
    """Its page was seen as a whole without it; the other page was not seen."""
    look(PAY, CHAT)
    look(whole=[TILL], now=LATER)

    assert {row.script: row.gone_at for row in rows(session)} == {
        CHAT.script: None,
        PAY.script: LATER,
    }


def test_two_hosts_that_end_at_one_page_show_one_script(session, ours, look):
    """Listed once, gone by either host, and it leaves with the host of the page alone."""
    domains.add_domain(session, ours, "www.shop.example", **BY)
    page = "https://www.shop.example/"
    for host in ("shop.example", "www.shop.example", "shop.example"):
        look(replace(CHAT, page=page), whole=[page], host=host)

    (row,) = rows(session)
    own_pages.leave(session, ours, "shop.example", **BY)
    session.refresh(row)
    assert (row.host, row.gone_at) == ("www.shop.example", None)
    look(whole=[page], host="shop.example", now=LATER)
    assert row.gone_at == LATER


def test_a_script_that_came_back_is_not_gone(session, look):
    """It keeps the day on which it was first seen."""
    look(PAY)
    look(now=LATER)
    look(PAY, now=LATER)

    (row,) = rows(session)
    assert (row.gone_at, row.first_seen) == (None, NOON)


def test_a_look_that_saw_nothing_leaves_all(session, look):
    """A wall says nothing of what stands behind it."""
    look(PAY)
    look(whole=(), now=LATER)

    assert rows(session)[0].gone_at is None


def test_the_tie_follows_a_join_and_comes_back(session, look):
    """The shadow is joined to the vendor that it is, and taken apart again."""
    look(PAY)
    shadow = named(session, "Pay Inc.")
    known = vendors.create_vendor(session, name="Payments", in_use=True, **BY)

    merge = merges.join(session, known, shadow, **BY)
    assert [row.vendor_id for row in rows(session)] == [known.id]
    look(PAY, now=LATER)
    assert [row.vendor_id for row in rows(session)] == [known.id]

    merges.undo(session, merge, **BY)
    session.expire_all()
    assert [row.vendor_id for row in rows(session)] == [shadow.id]


def test_the_tie_of_a_vendor_that_was_deleted_is_made_anew(session, look):
    """The script still runs, so somebody has to answer for it."""
    look(PAY)
    session.delete(named(session, "Pay Inc."))
    session.flush()
    session.expire_all()
    assert [row.vendor_id for row in rows(session)] == [None]

    look(PAY, now=LATER)

    assert [row.vendor_id for row in rows(session)] == [named(session, "Pay Inc.").id]


def test_an_archived_vendor_keeps_its_script(session, look):
    """“We no longer use it” makes no second one while the script still runs."""
    look(PAY)
    vendors.archive(session, named(session, "Pay Inc."), **BY)
    look(PAY, now=LATER)

    assert len(session.exec(select(Vendor)).all()) == 2


def test_a_host_that_makes_no_name_costs_the_others_nothing(session, look):
    """It stays untied; the next script has its vendor."""
    look(replace(CHAT, domain="\x01", script="https://\x01/x.js"), PAY)

    assert [row.domain for row in rows(session) if row.vendor_id] == ["pay.example"]


def test_the_vendor_of_before_is_the_last_one_and_never_us(session, ours, look):
    """Where no domain tells, whoever had the script of that name last has the next one too."""
    odd = replace(CHAT, host="192.0.2.7", domain="192.0.2.7")
    several = [replace(odd, script=f"http://192.0.2.7/{n}.js") for n in range(5)]
    look(*several)
    first, last = (vendors.create_vendor(session, name=name, **BY) for name in ("One", "Two"))
    for number, row in enumerate(rows(session)):
        row.vendor_id, row.last_seen = first.id, NOON
        if number == 2:
            row.vendor_id, row.last_seen = last.id, LATER
        if number == 3:
            row.vendor_id, row.last_seen = ours.id, LATER + dt.timedelta(days=1)
    new = replace(odd, script="http://192.0.2.7/new.js")
    look(new, whole=(), now=LATER)

    tied = {row.script: row.vendor_id for row in rows(session)}
    assert tied[new.script] == last.id


def test_samples_and_real_vendors_stay_apart(session, look):
    """A sample with the same domain is not the vendor."""
    sample = vendors.create_vendor(session, name="Sample", sample=True, **BY)
    domains.add_domain(session, sample, "pay.example", **BY)

    look(PAY)

    assert rows(session)[0].vendor_id != sample.id


def bought(session, host, **said):
    """A vendor with this domain and one harmless engagement."""
    vendor = vendors.create_vendor(session, name="Payments", **BY)
    domains.add_domain(session, vendor, host, **BY)
    row = engagements.add_engagement(session, vendor, Terms("Posters", levels=HARMLESS), **BY)
    return vendor, row


def test_a_script_on_a_card_page_overrides_the_intake(session, look):
    """Payment role and access are at the top, and the floor holds."""
    vendor, row = bought(session, "pay.example")
    assert vendor.tier == 4

    look(PAY)

    facts = facts_of(row)
    assert (facts.access, facts.payment, facts.floors) == (4, 4, {"payment-page-script"})
    assert (vendor.tier, row.access, row.floors) == (1, 0, [])
    session.commit()
    entry = session.exec(select(AuditEntry).where(AuditEntry.act == "engagement.observed")).one()
    assert tell(session, entry).after["tier"] == 1


def test_a_script_on_another_page_is_access_alone(session, look):
    """Code in our pages is the top of that scale."""
    _, row = bought(session, "chat.example")

    look(CHAT)

    facts = facts_of(row)
    assert (facts.access, facts.payment, facts.floors) == (4, 0, frozenset())


def test_the_form_cannot_lower_what_is_seen(session, look):
    """Whoever edits the engagement changes what was said, and not what was observed."""
    vendor, row = bought(session, "pay.example")
    look(PAY)

    terms = replace(engagements.terms_of(row), levels={**HARMLESS, "criticality": 0})
    engagements.edit_engagement(session, vendor, row, terms, revision=row.revision, **BY)

    assert vendor.tier == 1


def test_an_engagement_that_is_added_later_is_lifted_too(session, look):
    """The script is seen all the same."""
    vendor, _ = bought(session, "pay.example")
    look(PAY)

    added = engagements.add_engagement(session, vendor, Terms("Pens", levels=HARMLESS), **BY)

    assert added.tier == 1


def test_what_was_said_holds_again_when_the_script_left(session, look):
    """Nobody has to type it anew."""
    vendor, _ = bought(session, "pay.example")
    look(PAY)
    look(now=LATER)

    assert vendor.tier == 4


def test_a_vendor_without_engagement_gets_one_with_nothing_said(session, look):
    """Unknown stays unknown: no tier until somebody says the rest."""
    look(PAY)

    vendor = named(session, "Pay Inc.")
    (row,) = engagements.engagements_of(session, vendor.id)
    assert (row.name, row.facts_source) == ("Script on our pages", FactsSource.OBSERVED)
    assert (row.tier, row.access, vendor.triaged_at) == (None, None, None)


def test_what_was_ended_while_the_script_runs_is_resumed(session, look):
    """The same engagement with all that was said in it, and no new one at each scan."""
    look(PAY)
    vendor = named(session, "Pay Inc.")
    (row,) = engagements.engagements_of(session, vendor.id)
    for _ in range(2):
        engagements.end_engagement(session, vendor, row, **BY)
        look(PAY, now=LATER)

    (again,) = engagements.engagements_of(session, vendor.id)
    assert (again.id, again.ended_at) == (row.id, None)
    assert len(session.exec(select(Engagement)).all()) == 1


def test_triage_of_a_shadow_counts_what_is_seen(session, look, ann):
    """The mildest answers do not lower it."""
    look(PAY)
    vendor = named(session, "Pay Inc.")

    mildest = {"holds": 1, "reaches": 1, "hurts": 1}
    triage.answer(session, [vendor.id], mildest, now=NOON, actor=ann)

    assert vendor.tier == 1
    assert len(session.exec(select(Engagement)).all()) == 1


def test_a_host_that_is_ours_no_longer_lifts_nobody(session, ours, look):
    """Its scripts are history."""
    vendor, _ = bought(session, "pay.example")
    look(PAY)

    (host,) = domains.domains_of(session, ours.id)
    domains.remove_domain(session, ours, host, now=LATER, actor="test")

    session.commit()
    assert (rows(session)[0].gone_at, vendor.tier) == (LATER, 4)


def test_a_host_taken_off_during_a_scan_stays_off(session, ours, look):
    """What the scan still saw of it comes too late."""
    vendor, _ = bought(session, "pay.example")
    look(PAY)
    (host,) = domains.domains_of(session, ours.id)
    domains.add_domain(session, ours, "other.example", **BY)
    domains.remove_domain(session, ours, host, now=LATER, actor="test")

    look(PAY, CHAT, now=LATER)

    assert [row.gone_at for row in rows(session)] == [LATER]
    assert vendor.tier == 4


def edited(session, vendor, *, ours):
    return vendors.edit_vendor(
        session,
        vendor,
        revision=vendor.revision,
        name=vendor.name,
        supplier_number="",
        owner_id=None,
        state=VendorState(vendor.state),
        in_use=vendor.in_use,
        handshakes_agreed=None,
        ours=ours,
        **BY,
    )


def test_the_mark_taken_off_lifts_nobody(session, ours, look):
    """And put back on it does again."""
    vendor, _ = bought(session, "pay.example")
    look(PAY)

    edited(session, ours, ours=False)
    own_pages.changed(session, ours, **BY)
    assert (vendor.tier, vendor.knockout) == (4, None)

    edited(session, ours, ours=True)
    own_pages.changed(session, ours, **BY)
    assert (vendor.tier, vendor.knockout) == (1, "KO-04")


def test_our_own_company_is_not_archived(session, ours):
    """Its scripts would lift vendors for ever; without the mark it can be."""
    with pytest.raises(VendorRefused, match="take that mark off it first"):
        vendors.archive(session, ours, **BY)

    edited(session, ours, ours=False)
    assert vendors.archive(session, ours, **BY)


def test_a_second_vendor_cannot_be_ours(session, ours):
    """The sentence names the first."""
    other = vendors.create_vendor(session, name="Other", **BY)

    with pytest.raises(VendorRefused, match="Contoso stands for our own pages") as refused:
        edited(session, other, ours=True)

    assert refused.value.field == "ours"


def test_the_database_refuses_a_second_one_too(session, ours):
    """Two people in the same moment cannot both win."""
    other = vendors.create_vendor(session, name="Other", **BY)
    other.ours = True

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("turned", [False, True])
def test_our_own_company_is_joined_to_nobody(session, ours, turned):
    """It is no vendor."""
    other = vendors.create_vendor(session, name="Other", **BY)
    pair = (other, ours) if turned else (ours, other)

    with pytest.raises(VendorRefused, match="our own company"):
        merges.preview(session, *pair)


def test_our_own_company_is_in_no_figure_of_tiers(session, ours):
    """It is on the list, and neither waits for triage nor stands in the matrix."""
    ours.tier = 1
    session.flush()

    figures = portfolio.figures(session, NOON.date())
    assert (figures.vendors, figures.waiting, figures.judged) == (1, 0, 0)
    assert (portfolio.by_tier_and_grade(session), triage_queue.waiting(session)) == ({}, 0)
    assert count(session, VendorFilter()) == 1
    assert count(session, VendorFilter(tiers=frozenset({1, None}))) == 0


def test_our_own_pages_are_looked_at_every_week(session, ours, look):
    """Whatever the interval of a vendor without a tier is."""
    open_one = scans.request_scan(session, ours, now=NOON, by=None, enqueue=lambda *_: None)
    scans._close(session, open_one, "done", "", NOON)

    assert ours.next_scan_at <= NOON + dt.timedelta(days=7)


def test_authorising_needs_a_purpose(session, look, ann):
    """Requirement 6.4.3 asks for the reason why a script is needed."""
    look(PAY)
    (row,) = rows(session)

    assert authorisation.authorise(session, [row], now=NOON, actor=ann) == []
    authorisation.say_purpose(session, [row], "Takes the card", now=NOON, actor=ann)
    assert authorisation.authorise(session, [row], now=NOON, actor=ann) == [row]
    assert (row.authorised_at, row.authorised_by_id) == (NOON, ann)


@pytest.mark.parametrize(
    ("looks", "why"),
    [
        ([replace(CHAT, held=False)], page_scripts.WHY_LOOSE),
        ([replace(CHAT, encrypted=False)], page_scripts.WHY_PLAIN),
        ([replace(CHAT, card_page=True)], page_scripts.WHY_CARDS),
        ([None, CHAT], page_scripts.WHY_BACK),
        ([CHAT], ""),
        ([None], ""),
    ],
)
def test_a_scan_withdraws_what_lost_its_ground(session, look, ann, looks, why):
    """The row says why until somebody authorises it anew, and the log has the act."""
    look(CHAT)
    (row,) = rows(session)
    authorisation.say_purpose(session, [row], "Chat", now=NOON, actor=ann)
    authorisation.authorise(session, [row], now=NOON, actor=ann)

    for loaded in looks:
        look(*[loaded] if loaded else [], now=LATER)

    assert (row.authorised_at is None, row.withdrawn_why) == (bool(why), why)
    session.commit()
    acts = session.exec(select(AuditEntry).where(AuditEntry.act == "script.withdrawn")).all()
    assert [entry.actor_kind for entry in acts] == (["scan"] if why else [])
    authorisation.authorise(session, [row], now=LATER, actor=ann)
    assert row.withdrawn_why == ""


def test_a_purpose_taken_away_takes_the_authorisation_along(session, look, ann):
    """Nothing stands authorised without a reason."""
    look(PAY)
    (row,) = rows(session)
    authorisation.say_purpose(session, [row], "Takes the card", now=NOON, actor=ann)
    authorisation.authorise(session, [row], now=NOON, actor=ann)

    authorisation.describe(
        session, row, purpose=" ", integrity_note="", revision=row.revision, now=NOON, actor=ann
    )

    assert row.authorised_at is None
    session.commit()
    acts = [entry.act for entry in session.exec(select(AuditEntry).order_by(AuditEntry.sequence))]
    assert acts[-2:] == ["script.described", "script.withdrawn"]


def test_undo_takes_back_one_act_alone(session, look, ann):
    """What was authorised at another moment stays."""
    look(PAY, CHAT)
    chat, pay = rows(session)
    authorisation.say_purpose(session, [chat, pay], "Needed", now=NOON, actor=ann)
    authorisation.authorise(session, [chat], now=NOON, actor=ann)
    authorisation.authorise(session, [pay], now=LATER, actor=ann)

    done = authorisation.undo(session, LATER, now=LATER, actor=ann)

    assert (done, chat.authorised_at, pay.authorised_at) == ([pay], NOON, None)


@pytest.mark.parametrize(("field", "most"), [("purpose", 1000), ("integrity_note", 500)])
def test_a_text_that_does_not_fit_is_refused(session, look, ann, field, most):
    """The sentence says how much fits."""
    look(PAY)
    (row,) = rows(session)
    said = {"purpose": "", "integrity_note": ""} | {field: "x" * (most + 1)}

    with pytest.raises(VendorRefused, match=f"{most} fit"):
        authorisation.describe(session, row, **said, revision=1, now=NOON, actor=ann)


def test_somebody_who_was_slower_is_told(session, look, ann):
    """Nothing is overwritten."""
    look(PAY)
    (row,) = rows(session)

    with pytest.raises(Stale):
        authorisation.describe(
            session, row, purpose="a", integrity_note="", revision=7, now=NOON, actor=ann
        )


def test_the_list_filters_and_counts(session, look, ann):
    """Card pages first; what is gone is shown when asked for."""
    look(PAY, CHAT)

    def scripts(**said):
        return [line.row.script for line in listed.page(session, ScriptFilter(**said))]

    assert scripts() == [PAY.script, CHAT.script]
    assert scripts(held=True) == scripts(card_page=False) == [CHAT.script]
    assert scripts(text="PAY.ex") == [PAY.script]
    assert scripts(authorised=True) == scripts(gone=True) == scripts(text="100%") == []
    assert listed.waiting(session) == 1
