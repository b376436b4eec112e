"""Skip by proof: a report that one of us read answers its controls in the vendor's place."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import select

from tests.factories import NOON, make_user
from tests.rated import make
from vendor_risk.store.files import Files
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.responses import ResponseState
from vendor_risk.workflow import contacts, documents, duties
from vendor_risk.workflow.documents import Read, Terms
from vendor_risk.workflow.responses import (
    accepting,
    answers,
    links,
    proven,
    reading,
    review,
    sending,
    silence,
)
from vendor_risk.workflow.vendors import VendorRefused

TODAY = NOON.date()
SOC2 = Terms(
    kind="soc 2 type ii",
    title="SOC 2 2026",
    document_date=TODAY - dt.timedelta(days=60),
    period_end=TODAY - dt.timedelta(days=90),
    service_in_scope=True,
    exceptions="none",
    carve_outs="the data centre",
    duties="Review the accounts each quarter\nnone",
    seen_at_vendor=True,
)
ISO = replace(SOC2, kind="iso 27001", valid_until=TODAY + dt.timedelta(days=500))
AUDITED = {"AC-01": Read(100, "audited"), "AC-02": Read(50, "audited")}


@pytest.fixture
def session(database):
    """One transaction of the test."""
    with database.transaction() as session:
        yield session


@pytest.fixture
def cloud(session, tmp_path):
    """A vendor whose reports can be added; `add(terms, read)`, `send()`."""
    ann = make_user(session, "analyst")
    vendor, bought = make(session, "Cloud", NOON)
    vendor.owner_id = ann.id
    contacts.add_contact(
        session, vendor, name="Pat", email="pat@c.example", roles=[], now=NOON, actor="t"
    )

    class Cloud:
        engagement, person = bought, ann

        def add(self, terms=SOC2, read=AUDITED):
            files = Files(tmp_path / "files")
            row = documents.add(session, vendor, terms, files=files, now=NOON, actor=ann.id)
            if read:
                by = {"revision": row.revision, "now": NOON, "actor": ann.id}
                documents.review(session, row, read, **by)
            return row

        def send(self):
            return sending.send(session, vendor, bought, now=NOON, actor=ann.id)

    return Cloud()


def controls(session, cloud, today=TODAY):
    """What is proven for the engagement."""
    return set(proven.of(session, cloud.engagement, today=today))


@pytest.mark.parametrize(
    ("terms", "read", "skips"),
    [
        (SOC2, AUDITED, {"AC-01"}),
        (ISO, {"AC-01": Read(100, "reviewed")}, {"AC-01"}),
        (SOC2, None, set()),  # nobody read it
        (replace(SOC2, kind="other"), {"AC-01": Read(100, "reviewed")}, set()),
        (replace(SOC2, kind="soc 2 type i"), {"AC-01": Read(100, "reviewed")}, set()),
        (replace(SOC2, period_end=TODAY - dt.timedelta(days=400)), AUDITED, set()),
        (replace(ISO, valid_until=TODAY - dt.timedelta(days=1)),
         {"AC-01": Read(100, "reviewed")}, set()),
    ],
)  # fmt: skip
def test_only_what_was_read_met_and_is_current_lets_skip(session, cloud, terms, read, skips):
    """A report of type II, a certificate, an attestation; partly met is asked about."""
    cloud.add(terms, read)
    assert controls(session, cloud) == skips


def test_the_vendor_may_leave_blank_what_is_proven_and_nothing_else(session, cloud):
    """It submits without it; accepting keeps the claim of the report, and no fault is found."""
    cloud.add()
    sent = cloud.send()
    plan_left = [each for each in sent_questions(session, sent) if each.control == "AC-01"]
    assert plan_left
    at = links.found(session, sent.token, now=NOON)
    for _round in range(60):
        sheet = answers.sheet(session, at.response, today=TODAY)
        if not sheet.open:
            break
        for id in sheet.open:
            answers.save(session, at, id, "met", revision=0, now=NOON)
    assert set(sheet.evaluation.skipped) >= {plan_left[0].question.id}
    answers.submit(session, at, name="Pat", role="", declared=True, now=NOON)
    by = {"now": NOON, "actor": cloud.person.id}
    told = reading.read(session, at.response, today=TODAY)
    for line in told.lines:
        if line.open:
            kept = {"level": None, "note": "", "revision": line.row.revision}
            review.judge(session, at.response, line.id, "accepted", **kept, **by)
    assert accepting.accept(session, at.response, **by)

    claims = session.exec(
        select(StoredClaim).where(StoredClaim.control == "AC-01", StoredClaim.ended_at == None)  # noqa: E711
    ).all()
    assert [(one.origin, one.source, one.level) for one in claims] == [("document", "audited", 100)]
    assert session.exec(select(StoredFinding)).all() == []
    assert '"proven":{"AC-01"' in at.response.snapshot


def sent_questions(session, sent):
    """What is asked."""
    return answers.sheet(session, sent.response, today=TODAY).evaluation.visible


def test_it_is_frozen_when_the_questions_are_sent(session, cloud):
    """What is read later skips nothing; what was withdrawn is told to the reviewer."""
    row = cloud.add()
    sent = cloud.send()
    cloud.add(SOC2, {"DP-01": Read(100, "audited")})
    assert set(sent.response.proven) == {"AC-01"}
    documents.withdraw(session, row, now=NOON, actor="t")
    assert set(sent.response.proven) == {"AC-01"}
    assert proven.broken(session, sent.response, today=TODAY) == ("AC-01",)


@pytest.mark.parametrize("withdrawn", [False, True])
def test_silence_counts_where_no_proof_stands(session, cloud, withdrawn):
    """A proven control is no worst answer, unless its proof was withdrawn."""
    row = cloud.add()
    sent = cloud.send()
    if withdrawn:
        documents.withdraw(session, row, now=NOON, actor="t")
    silence.count(session, NOON + dt.timedelta(days=30))
    found = {one.control for one in session.exec(select(StoredFinding))}
    assert ("AC-01" in found, "DP-01" in found) == (withdrawn, True)
    assert sent.response.state == ResponseState.SENT


def test_an_answer_may_be_given_anyway(session, cloud):
    """A bad one counts as it is: it is a finding beside the report."""
    cloud.add()
    sent = cloud.send()
    at = links.found(session, sent.token, now=NOON)
    answers.save(session, at, "AC-01", "unmet", revision=0, now=NOON)
    sheet = answers.sheet(session, at.response, today=TODAY)
    assert "AC-01" in {one.question for one in sheet.evaluation.faults}


@pytest.mark.parametrize("lack", ["duties", "exceptions", "carve_outs"])
def test_audited_needs_all_that_the_report_leaves_open(session, cloud, lack):
    """Exceptions, carved-out sub-services and the duties that fall on us are said first."""
    with pytest.raises(VendorRefused, match="none"):
        cloud.add(replace(SOC2, **{lack: ""}))


def test_duties_that_fall_on_us_are_tasks_until_they_are_done(session, cloud):
    """Of the vendor's owner; withdrawing the report ends them, done ones stay done."""
    row = cloud.add()
    [task] = [one for one in duties.duties(session, [cloud.person], TODAY) if one.kind == "duty"]
    assert (task.what, task.due) == (
        "Review the accounts each quarter", TODAY + documents.DUTY_DAYS
    )  # fmt: skip
    [duty] = documents.duties_of(session, row.id)
    documents.withdraw(session, row, now=NOON, actor="t")
    assert duty.ended_at is not None
    documents.take_back(session, row, now=NOON, actor="t")
    assert duty.ended_at is None
    assert documents.do_duty(session, duty, now=NOON, actor=cloud.person.id)
    documents.withdraw(session, row, now=NOON, actor="t")
    documents.take_back(session, row, now=NOON, actor="t")
    assert [
        one for one in duties.duties(session, [cloud.person], TODAY) if one.kind == "duty"
    ] == []


def test_a_proof_that_is_withdrawn_answers_nothing_any_more(session, cloud):
    """Its questions are open again for the vendor, until the response has ended."""
    row = cloud.add()
    response = cloud.send().response
    before = answers.sheet(session, response, today=TODAY).open

    documents.withdraw(session, row, now=NOON, actor="test")

    assert "AC-01" not in before
    assert "AC-01" in answers.sheet(session, response, today=TODAY).open
