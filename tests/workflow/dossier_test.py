"""What the dossier of a vendor takes from all that is kept of it, on both databases."""

import datetime as dt
import hashlib

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests import rated
from tests.factories import NOON, make_user
from tests.workflow.review_test import FAZIO, accept_all, submitted
from vendor_risk.languages import catalogue
from vendor_risk.reports.dossier import Dossier
from vendor_risk.reports.issue import attached, from_json, sha256_of, to_json
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.decisions import DecisionKind
from vendor_risk.store.models.responses import FileUse, ResponseFile
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.workflow import baselines, contacts, decisions, dossier, dossier_desk, findings
from vendor_risk.workflow.conditions import Wanted
from vendor_risk.workflow.decisions import Proposal
from vendor_risk.workflow.finding_moves import Teller
from vendor_risk.workflow.portfolio_report import Ordered

ORDER = Ordered("VR-2026-0007", "Contoso Shop", "en", "Jana Ortiz")
BY = {"now": NOON, "actor": "test"}


@pytest.fixture
def bought(database):
    """A contractor that answered, with a file; Ann accepted, and approved under a condition."""
    with database.transaction() as session:
        vendor, engagement = made = rated.make(session, "Fazio", NOON, levels=FAZIO)
        contacts.add_contact(session, vendor, name="Pat", email="pat@fazio.example", roles=[], **BY)
        ann = make_user(session, "analyst", email="ann@example.com")
        session.flush()
        response = submitted(session, made, ann.id, HV_03="partly").response
        file = ResponseFile(response_id=response.id, name="policy.pdf", sha256="a" * 64, bytes=7)
        session.add(file)
        session.flush()
        session.add(FileUse(file_id=file.id, question="AC-01"))
        session.flush()
        accept_all(session, response, ann.id)
        row = rated.finding(session, vendor, "HV-02", NOON, title="Old plug-in", owner_id=ann.id)
        session.flush()
        findings.step(
            session, row, "say-fixed", note="Patched", revision=row.revision, now=NOON,
            by=Teller(ann.id),
        )  # fmt: skip
        session.flush()
        decisions.propose(
            session,
            engagement,
            Proposal(
                DecisionKind.CONDITIONAL,
                "It mends the plug-in.",
                [Wanted("Mend the plug-in", ann.id, NOON.date() + dt.timedelta(days=30))],
            ),
            seen=decisions.mark(session, engagement.id),
            shown=baselines.frozen(session, engagement, now=NOON),
            person=ann,
            now=NOON,
        )
        return vendor.id


def told(session, vendor_id, now=NOON, order=ORDER) -> Dossier:
    from vendor_risk.store.models.vendors import Vendor

    vendor = session.get_one(Vendor, vendor_id)
    words = catalogue(order.language)
    return dossier.dossier_of(session, vendor, order, engagements=(), now=now, words=words)


def test_each_answer_has_its_words_its_weight_and_its_evidence(database, bought):
    """What was asked, said, upheld, and which file shows it."""
    with database.reading() as session:
        made = told(session, bought)

    (response,) = made.responses
    said = {one.question: one for one in response.answers}
    assert (said["AC-01"].said, said["AC-01"].level, said["AC-01"].verdict) == (
        "Yes",
        100,
        "accepted",
    )
    assert said["HV-03"].level == 50
    assert said["AC-01"].files == ("E1",)
    assert (made.files[0].name, made.files[0].sha256, made.files[0].uses) == (
        "policy.pdf",
        "a" * 64,
        ("AC-01",),
    )
    assert (response.submitted_by, response.accepted_by) == ("Pat", "Ann")
    assert len(response.snapshot_sha256) == 64


def test_a_claim_names_the_response_that_it_is_from(database, bought):
    """So that a figure leads to the answer, and the answer to the file."""
    with database.reading() as session:
        made = told(session, bought)

    rests = {one.rests for one in made.claims if one.origin == "answer"}
    assert rests == {made.responses[0].number}


def test_a_finding_is_told_from_its_first_day(database, bought):
    """Who did what, and from which state to which."""
    with database.reading() as session:
        made = told(session, bought)

    (fault,) = [one for one in made.findings if one.title == "Old plug-in"]
    (event,) = fault.events
    assert (event.act, event.who, event.before, event.after, event.note) == (
        "say-fixed",
        "Ann",
        "open",
        "vendor says fixed",
        "Patched",
    )


def test_a_decision_stands_with_its_people_its_score_and_its_conditions(database, bought):
    """And the hash of the snapshot that it rested on is that of the kept score."""
    with database.reading() as session:
        made = told(session, bought)
        kept = {
            hashlib.sha256(row.snapshot.encode()).hexdigest()
            for row in session.exec(select(StoredScore))
        }

    (decided,) = made.decided
    assert (decided.proposed_by, decided.state) == ("Ann", "waiting")
    assert [one.text for one in decided.terms] == ["Mend the plug-in"]
    assert decided.score_sha256 in kept
    assert "follows from what is listed here" in made.decision.question
    assert "Ann proposed it; nobody has decided yet." in made.decision.reasons


def test_the_log_tells_single_answers_and_findings_too(database, bought):
    """The history of a vendor leaves them out; an auditor asks for them."""
    with database.reading() as session:
        made = told(session, bought)

    acts = {one.act for one in made.log.entries}
    assert {"response.sent", "response.answer_judged", "finding.say-fixed"} <= acts
    assert all(one.sealed for one in made.log.entries)
    assert [one.sequence for one in made.log.entries] == sorted(
        one.sequence for one in made.log.entries
    )


def test_the_end_of_the_log_is_noted(database, bought):
    """Whoever cuts it off later is found by this line."""
    with database.reading() as session:
        made = told(session, bought)
        last = session.exec(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()

    assert (made.log.last_sequence, made.log.last_hash) == (last.sequence, last.hash)


def test_an_entry_that_was_changed_is_named(database, bought):
    """It no longer carries its seal."""
    with database.transaction() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.act == "response.sent")).one()
        number = entry.sequence
        if database.engine.dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER audit_entry_no_update"))
        else:
            session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        session.execute(
            text("UPDATE audit_entry SET actor_kind = 'nobody' WHERE sequence = :n"), {"n": number}
        )
        session.expire_all()

    with database.reading() as session:
        made = told(session, bought)

    assert made.log.broken == (number,)
    assert f"Entries of the log were changed after they were written: {number}." in (
        made.decision.reasons
    )


def test_another_vendors_rows_stand_nowhere(database, bought):
    """Neither its findings, nor its answers, nor its log."""
    with database.transaction() as session:
        other, _ = rated.rated(session, "Other", NOON)
        other_id = other.id
    with database.reading() as session:
        made, others = told(session, bought), told(session, other_id)

    assert {one.title for one in made.findings}.isdisjoint(one.title for one in others.findings)
    mine = {one.sequence for one in made.log.entries}
    assert mine.isdisjoint(one.sequence for one in others.log.entries)
    assert others.responses == ()


def test_nothing_is_known_and_it_says_so(database):
    """No answer, no score, no decision: that is neither good nor bad."""
    from vendor_risk.workflow import vendors

    with database.transaction() as session:
        vendor_id = vendors.create_vendor(session, name="Nobody", in_use=True, **BY).id
    with database.reading() as session:
        made = told(session, vendor_id)

    assert (made.responses, made.rated, made.decided, made.files) == ((), (), (), ())
    assert "Nothing has been decided about Nobody" in made.decision.question
    assert "No score is kept" in " ".join(made.decision.reasons)


def test_what_is_too_much_is_counted(database, bought, monkeypatch):
    """The newest are listed, and how many more there are."""
    monkeypatch.setattr(dossier_desk, "MOST", {**dossier_desk.MOST, "log": 2, "claims": 3})
    monkeypatch.setattr(dossier, "MOST", dossier_desk.MOST)
    with database.reading() as session:
        made = told(session, bought)

    assert (len(made.log.entries), len(made.claims)) == (2, 3)
    assert made.left_out["log"] > 5
    assert made.left_out["claims"] > 5


def test_it_is_the_same_after_a_trip_through_json(database, bought):
    """What is kept is what is printed."""
    with database.reading() as session:
        made = told(session, bought)

    again = from_json(to_json(made))

    assert again == made
    assert sha256_of(again) == sha256_of(made)


def test_every_list_is_attached(database, bought):
    """One file each, and no empty one."""
    with database.reading() as session:
        lists = {
            one.name: one.content.decode("utf-8-sig") for one in attached(told(session, bought))
        }

    assert {"decisions.csv", "conditions.csv", "answers.csv", "evidence.csv", "log.csv"} <= set(
        lists
    )
    assert "access.csv" not in lists
    assert "a" * 64 in lists["evidence.csv"]
    assert lists["answers.csv"].count("accepted") >= 12
