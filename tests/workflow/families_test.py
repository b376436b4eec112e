"""What a subsidiary counts of its parent: only where it is marked, and never of another one."""

import threading

import pytest
from sqlmodel import select

from tests import rated
from tests.factories import NOON, make_user
from vendor_risk.evidence import Source
from vendor_risk.store.audit import tell
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.vendors import Engagement, Kinship, Vendor
from vendor_risk.workflow import families, merges, scores, triage, vendors
from vendor_risk.workflow.engagements import Terms, add_engagement, edit_engagement, terms_of
from vendor_risk.workflow.vendors import VendorRefused

BY = {"now": NOON, "actor": "test"}


@pytest.fixture
def session(database):
    """A writing session."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def family(session):
    """A subsidiary with one engagement, its parent, which proved a control, and a stranger."""
    child, bought = rated.make(session, "Child", NOON)
    parent, _ = rated.make(session, "Parent", NOON)
    stranger, _ = rated.make(session, "Stranger", NOON)
    rated.claim(session, parent, "AC-01", NOON, source=Source.AUDITED)
    families.set_parent(session, child, parent, Kinship.SUBSIDIARY, **BY)
    session.flush()
    return child, bought, parent, stranger


def inherit(session, child, bought, *, yes=True):
    terms = terms_of(bought)
    return edit_engagement(
        session,
        child,
        bought,
        Terms(**{key: getattr(terms, key) for key in terms.__slots__} | {"inherits": yes}),
        revision=bought.revision,
        **BY,
    )


def test_what_the_parent_proved_counts_where_it_is_marked(session, family):
    """The mark alone moves the score, and the log says who set it."""
    child, bought, *_ = family
    assert bought.final == 0
    assert inherit(session, child, bought)
    assert bought.final > 0
    inherit(session, child, bought, yes=False)
    assert bought.final == 0


def test_nobody_inherits_without_a_parent(session, family):
    """The form is told what to do first."""
    *_, stranger = family
    with pytest.raises(VendorRefused, match="no parent company"):
        add_engagement(session, stranger, Terms("Mail", inherits=True), **BY)


@pytest.mark.parametrize("other", [True, False])
def test_another_parent_or_none_is_inherited_from_by_nobody(session, family, other):
    """What was said of one parent says nothing of the next."""
    child, bought, _, stranger = family
    inherit(session, child, bought)
    seen = bought.revision
    families.set_parent(session, child, stranger if other else None, None, **BY)
    assert not bought.inherits
    assert bought.revision > seen
    assert bought.final == 0
    session.commit()  # the log is written with it
    told = [tell(session, one) for one in session.exec(select(AuditEntry)).all()]
    assert ["Child service"] in [(one.before or {}).get("inherits") for one in told]


def test_another_kinship_leaves_the_mark(session, family):
    """A subsidiary that becomes a brand has the same parent."""
    child, bought, parent, _ = family
    inherit(session, child, bought)
    families.set_parent(session, child, parent, Kinship.BRAND, **BY)
    assert bought.inherits


def test_who_joins_a_vendor_of_another_family_inherits_nothing_of_it(session, family):
    """A merge into a vendor with another parent drops the mark, and its undo brings it back."""
    child, bought, parent, stranger = family
    kept = vendors.create_vendor(session, name="Kept", **BY)
    families.set_parent(session, kept, stranger, None, **BY)
    inherit(session, child, bought)
    merge = merges.join(session, kept, child, **BY)
    assert not bought.inherits
    merges.undo(session, merge, **BY)
    session.refresh(bought)
    assert bought.inherits
    assert child.parent_id == parent.id


def test_triage_leaves_the_mark(session, family):
    """Whoever says the facts anew says nothing of the parent."""
    child, bought, *_ = family
    inherit(session, child, bought)
    child.triaged_at = None
    ann = make_user(session, "analyst")
    triage.answer(
        session, [child.id], {"holds": 1, "reaches": 1, "hurts": 1}, now=NOON, actor=ann.id
    )
    assert bought.inherits


@pytest.mark.parametrize("first", ["the mark", "the evidence"])
def test_who_begins_to_inherit_while_the_parent_proves_something_counts_it(database, first):
    """Whichever of two transactions comes first, the other waits and sees what it did."""
    with database.transaction() as session:
        child, bought = rated.make(session, "Child", NOON)
        parent, _ = rated.make(session, "Parent", NOON)
        families.set_parent(session, child, parent, Kinship.SUBSIDIARY, **BY)
        ids = child.id, bought.id, parent.id

    def mark(session):
        inherit(session, session.get(Vendor, ids[0]), session.get(Engagement, ids[1]))

    def prove(session):
        rated.claim(session, session.get(Vendor, ids[2]), "AC-01", NOON, source=Source.AUDITED)
        scores.rescore(session, [ids[2]], now=NOON, cause=scores.DOCUMENT)

    acts = [mark, prove] if first == "the mark" else [prove, mark]
    begun, failed = threading.Event(), []

    def second():
        try:
            begun.wait(20)
            with database.transaction() as session:
                acts[1](session)
        except Exception as error:  # shown by the test
            failed.append(error)

    thread = threading.Thread(target=second)
    thread.start()
    with database.transaction() as session:
        acts[0](session)
        begun.set()
        thread.join(1)  # it waits for us, or is quick
    thread.join(30)

    assert failed == []
    with database.reading() as session:
        assert session.get_one(Engagement, ids[1]).final > 0
