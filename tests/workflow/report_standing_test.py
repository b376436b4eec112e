"""A report of a vendor with a score: every figure is the stored one, and page 1 agrees."""

import csv
import datetime as dt
import html
import io
import json
import logging
import re
import subprocess
from dataclasses import replace
from gettext import NullTranslations

import pytest

from tests import rated
from tests.conftest import opened
from tests.factories import NOON, make_user
from tests.pdf_test import opened as opened_pdf
from tests.pdf_test import structure
from tests.reports.cases import vendor as old_report
from vendor_risk import pdf
from vendor_risk.evidence import Severity, Source
from vendor_risk.reports.answer import answer
from vendor_risk.reports.report import REPORT, Subject, canonical_json, snapshot_sha256
from vendor_risk.reports.score_words import exact
from vendor_risk.reports.standing import Standing
from vendor_risk.reports.table import findings_csv
from vendor_risk.scoring.model import Band, Grade
from vendor_risk.store.models.decisions import DecisionKind
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.vendors import Kinship
from vendor_risk.workflow import (
    access,
    baselines,
    contracts,
    decisions,
    engagements,
    families,
    reports,
    scores,
)
from vendor_risk.workflow.conditions import Wanted
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.vendors import create_vendor

DAY = NOON.date()
WORDS = NullTranslations()


@pytest.fixture
def database(request, tmp_path, keyring):
    """One is enough: what is read here is read the same way elsewhere on both."""
    with opened("sqlite", request, tmp_path) as database:
        yield database


def reported(session, vendor, now=NOON):
    """The report as it would be frozen now."""
    return reports.vendor_report(session, vendor, now=now, organisation="Our shop", number="VR-1")


@pytest.fixture
def case(database):
    """A vendor with scores, an accepted risk, a way in and a contract; frozen, with its score."""
    with database.transaction() as session:
        ann = make_user(session, "analyst")
        vendor, engagement = rated.rated(session, "Northwind", NOON)
        engagement.owner_id = ann.id
        contracts.add(
            session,
            vendor,
            contracts.Terms(
                "Services", ends_on=dt.date(2027, 3, 31), notice_on=dt.date(2026, 12, 31)
            ),
            now=NOON,
            actor=ann.id,
        )
        entry = access.Terms("vpn", "nw-admin", system="Payroll", second_factor=False)
        access.add(session, vendor, entry, now=NOON, actor=ann.id)
        rated.finding(
            session,
            vendor,
            "DP-02",
            NOON,
            severity=Severity.MEDIUM,
            title="Backups lie open",
            effect="Whoever takes a tape reads them.",
            state="accepted",
            accepted_until=dt.date(2027, 2, 28),
            accepted_by_id=ann.id,
        )
        scores.rescore(session, [vendor.id], now=NOON, cause=scores.FINDING)
        report = reported(session, vendor)
        stored = session.get(StoredScore, engagement.score_id)
        return report, json.loads(stored.result), stored.snapshot


def plain(page):
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_report_holds_the_stored_score(case):
    """Number for number; its lines sum to it, and so do the parts of the risk."""
    report, result, _snapshot = case
    worst = report.standing.worst

    for name in ("final", "low", "high", "coverage", "inherent", "tier", "residual"):
        assert getattr(worst, name) == result[name], name
    assert (worst.grade, worst.band) == (result["grade"], result["band"])
    points = {line.control: line.points for line in worst.lines if line.points}
    assert points == {line["control"]: line["points"] for line in result["lines"][:-1]}
    assert sum(points.values()) + sum(one.takes for one in worst.knockouts) == worst.final
    assert sum(part.points for part in worst.parts) == worst.residual


def test_the_lines_on_the_page_sum_to_the_total_on_the_page(case):
    """Read back from what is printed."""
    page = pdf.render_html(case[0])
    table = page[page.index('<table class="ways">') :].split("</table>")[0]
    printed = re.findall(r'data-label="Points" class="n">([^<]+)<', table)
    total = re.search(r'class="n total">([^<]+)<', table)[1]

    hundredths = [round(float(one.replace("\u2212", "-")) * 100) for one in printed]
    assert sum(hundredths) == round(float(total) * 100) == case[0].standing.worst.final


def figures(text):
    """The figures with two decimals in a text of the paper, in hundredths."""
    found = re.findall("([\u2212]?)(\\d+)\\.(\\d\\d)", text)
    return [int(f"{'-' if minus else ''}{whole}{part}") for minus, whole, part in found]


def test_the_lines_on_the_paper_sum_to_the_total_on_the_paper(case):
    """Read back from the PDF: assurance with its knock-out, and the parts of the risk."""
    made = pdf.render_pdf(case[0])
    command = ["pdftotext", "-layout", "-", "-"]
    run = subprocess.run(command, input=made, capture_output=True, check=True)
    why = run.stdout.decode().split("Why assurance is", 1)[1]
    lines, total = re.search(
        r"(.*?)^Assurance, grade (.*?)$", why, re.DOTALL | re.MULTILINE
    ).groups()
    printed = re.findall(r"^[A-Z]{2}-\d\d .*", lines, re.MULTILINE)
    parts, together = re.search(r"is made of\n(.*?)Together (\S+?)\.\n", why, re.DOTALL).groups()

    assert len(printed) > 15
    assert sum(figures(line)[0] for line in printed) == figures(total)[0] == case[1]["final"]
    assert sum(figures(parts)) == figures(together)[0] == case[1]["residual"]


def test_every_figure_of_the_paper_is_in_the_snapshot(case, caplog):
    """The text of the PDF is compared with what was frozen, decimals and whole numbers alike."""
    report, _result, _snapshot = case
    with caplog.at_level(logging.WARNING, "weasyprint"):
        made = pdf.render_pdf(report)
    run = subprocess.run(["pdftotext", "-", "-"], input=made, capture_output=True, check=True)
    assert [record.getMessage() for record in caplog.records] == []
    document = opened_pdf(made)
    tree = document.Root.StructTreeRoot
    figures = [one for top in tree.K for one in structure(top) if one.S == "/Figure"]
    assert len(figures) > 20
    assert all(str(one.get("/Alt", "")) for one in figures)
    shown = run.stdout.decode()
    worst, content = report.standing.worst, canonical_json(report).decode()
    sums = [sum(part.points for part in worst.parts[6:])]
    sums.append(sum(line.most for line in worst.lines if not line.points))
    hundredths = {abs(int(one)) for one in re.findall(r"\d+", content)} | set(sums)
    told = set(re.findall(r"\d+\.\d\d", content))  # in words that were frozen

    decimals = set(re.findall(r"\b\d+\.\d\d\b", shown))
    assert {exact(worst.final), exact(worst.residual)} <= decimals
    assert decimals <= {exact(one) for one in hundredths} | told
    first = run.stdout.decode().split("\f")[0]
    for figure in (worst.final, worst.low, worst.high, worst.residual):
        assert re.search(rf"\b{figure // 100}\b", first)
    assert "Signature" in first
    assert worst.snapshot_sha256 in shown
    assert worst.model_sha256 in shown
    whole = {str(one) for one in hundredths} | {str(one // 100) for one in hundredths}
    counted = {len(report.standing.findings), len(worst.lines), sum(x.claimed for x in worst.lines)}
    allowed = whole | {str(one) for one in counted} | {"3", "4", "6", "14"}
    hashes_and_times = r"[0-9a-f]{64}|[0-9a-f]{12}|\d\d:\d\d"
    bare = re.sub(rf"100,000|Page \d+ of \d+|{hashes_and_times}|\d+\.\d\d", " ", shown)
    found = set(re.findall(r"(?<![\w-])\d+(?![\w-])", bare))
    assert found - allowed - {str(n) for n in range(32)} - {str(len(worst.parts) - 6)} == set()


@pytest.fixture
def child(database):
    """The report of a subsidiary: a claim and a critical finding of its parent count for it."""
    with database.transaction() as session:
        vendor, bought = rated.make(session, "Child", NOON)
        rated.answer_all(session, vendor, bought, NOON)
        parent, _ = rated.make(session, "Mother & Co", NOON)
        rated.claim(session, parent, "DL-01", NOON, source=Source.AUDITED)
        rated.claim(session, parent, "IR-01", NOON, level=0, source=Source.AUDITED)
        worst = rated.finding(session, parent, "HV-02", NOON, severity=Severity.CRITICAL)
        families.set_parent(session, vendor, parent, Kinship.SUBSIDIARY, now=NOON, actor="test")
        terms = engagements.terms_of(bought)
        marked = Terms(**{key: getattr(terms, key) for key in terms.__slots__} | {"inherits": True})
        engagements.edit_engagement(
            session, vendor, bought, marked, revision=bought.revision, now=NOON, actor="test"
        )
        return reported(session, vendor), worst.title


def test_what_is_known_of_the_parent_is_told_as_its_own(child):
    """By line, by finding and by knock-out, frozen and on paper; what is the vendor's is not."""
    report, title = child
    lines = {line.control: line for line in report.standing.worst.lines}
    assert {id for id, line in lines.items() if line.parent} == {"DL-01"}
    assert lines["DL-01"].parent == lines["HV-02"].held.parent == "Mother & Co"
    (knock,) = report.standing.worst.knockouts
    assert knock.rests == (f"{title} (of the parent, Mother & Co)",)
    why = html.unescape(plain(pdf.render_html(report))).split("Why assurance is", 1)[1]
    assert why.count("from the parent, Mother & Co") == 1
    assert why.count("of the parent, Mother & Co") == 2


def test_lifting_a_knockout_is_the_way_up_on_paper(database):
    """Where no finding holds it: named with how it is lifted, and the total that it would give."""
    with database.transaction() as session:
        vendor, bought = rated.make(session, "Northwind", NOON)
        rated.answer_all(session, vendor, bought, NOON)
        entry = access.Terms("vpn", "nw-admin", second_factor=False)
        access.add(session, vendor, entry, now=NOON, actor="test")
        report = reported(session, vendor)
    worst = report.standing.worst
    (step,) = worst.steps
    raw = sum(line.points for line in worst.lines)
    assert (step.lifts, step.gains, step.then) == (("KO-02",), raw - 4900, raw)
    page = plain(pdf.render_html(report)).split("Fastest way up")[1]
    assert "Lift KO-02: There is no second factor" in page
    assert "Demand a second factor on every remote log-in" in page
    assert f"{raw // 100} {step.grade}" in page
    assert [one.text for one in report.standing.answer.conditions] == [worst.knockouts[0].lift]


@pytest.mark.parametrize("decided", [False, True])
def test_page_1_warns_of_what_is_unknown(database, decided):
    """Before an approval, and after one with how much was known then."""
    with database.transaction() as session:
        vendor, bought = rated.make(session, "Hardly", NOON, levels=dict.fromkeys(rated.LEVELS, 1))
        rated.claim(session, vendor, "AC-01", NOON)
        scores.rescore(session, [vendor.id], now=NOON, cause=scores.DOCUMENT)
        known = bought.coverage // 100
        if decided:
            decisions.propose(
                session,
                bought,
                decisions.Proposal(DecisionKind.APPROVE, "We need them.", []),
                seen="",
                shown=baselines.frozen(session, bought, now=NOON),
                person=make_user(session, "approver"),
                now=NOON,
                alone=True,
            )
        report = reported(session, vendor)
    page = plain(pdf.render_html(report))
    assert f"Only {known} % of what counts is known of it, and a grade needs 60 %" in page
    assert (f"It was approved with {known} % known." in page) is decided
    assert (f"{known} % was known, too little for a grade" in page) is decided


def test_page_1_names_what_it_rests_on(case):
    """The question, the risk against the appetite, the register, the contract, the acceptance."""
    page = plain(pdf.render_html(case[0]))

    for words in (
        "Keep Northwind only with 1 condition.",
        "above our appetite of 45 for tier 2",
        "Not open while KO-02 is in force",
        "1 in our systems, 1 without a second factor",
        "Contract ends 31 Mar 2027; last notice 31 Dec 2026",
        "Backups lie open, until 28 Feb 2027",
        "16 of 20 controls rest on the vendor's word alone.".replace("'", "&#39;"),
        "Nobody has proposed a decision yet",
        "Under 100,000 people",
    ):
        assert words in page, words


def test_a_decision_brings_its_conditions_and_its_baseline(database):
    """Proposed: they are asked. In force: what is open is told, and what it rested on."""
    with database.transaction() as session:
        ann, boss = (
            make_user(session, role, email=f"{role}@x.example") for role in ("analyst", "approver")
        )
        vendor, engagement = rated.rated(session, "Northwind", NOON)
        proposal = decisions.Proposal(
            DecisionKind.CONDITIONAL,
            "We need them.",
            [Wanted("Ask for a second factor", ann.id, DAY + dt.timedelta(days=20))],
        )
        seen = decisions.mark(session, engagement.id)
        row = decisions.propose(
            session,
            engagement,
            proposal,
            seen=seen,
            shown=baselines.frozen(session, engagement, now=NOON),
            person=ann,
            now=NOON,
        )
        proposed = reported(session, vendor).standing
        decisions.approve(
            session,
            row,
            revision=row.revision,
            shown=baselines.frozen(session, engagement, now=NOON),
            person=boss,
            now=NOON,
        )
        later = NOON + dt.timedelta(days=9)
        rated.finding(session, vendor, "DL-01", later)
        scores.rescore(session, [vendor.id], now=later, cause=scores.FINDING)
        kept = reported(session, vendor, later).standing

    asked = "Decide on the proposal to approve Northwind with 1 condition."
    assert proposed.answer.question == asked
    assert [one.text for one in kept.answer.conditions] == ["Ask for a second factor"]
    assert kept.answer.conditions_from == "in force"
    (decided,) = kept.decided
    assert (decided.decided_by, decided.final) == ("Approver", proposed.worst.final)
    assert "DL-01 Logging and detection" in decided.moved[0]


def test_the_worst_of_several_is_page_1_and_says_so(database):
    """Never an average; what nobody answered for is named."""
    with database.transaction() as session:
        vendor, _ = rated.rated(session, "Northwind", NOON)
        quiet = {
            "data_sensitivity": 1,
            "data_volume": 1,
            "access": 0,
            "criticality": 0,
            "payment": 0,
        }
        for name, levels in (("Cards", quiet), ("Party", {})):
            terms = Terms(name=name, levels=levels)
            engagements.add_engagement(session, vendor, terms, now=NOON, actor="test")
        scores.rescore(session, [vendor.id], now=NOON, cause=scores.FACTS)
        report = reported(session, vendor)

    assert [one.engagement for one in report.standing.rated] == ["Northwind service", "Cards"]
    page = plain(pdf.render_html(report))
    assert "“Northwind service”, the worst of the 3 things we buy" in page
    assert "Why assurance is" in page
    assert page.count("Points are earned up from 0") == 2
    assert "nobody has said what it touches: Party." in page


def test_a_vendor_without_a_score_has_an_honest_page(database):
    """No number is made up, and a finding that a person wrote down is told."""
    with database.transaction() as session:
        vendor = create_vendor(session, name="New", now=NOON, actor="test")
        rated.finding(session, vendor, "DL-01", NOON, title="No logs")
        report = reported(session, vendor)

    page = plain(pdf.render_html(report))
    assert report.standing.answer is None
    assert "Nobody has answered the five questions about what we buy." in page
    assert "No logs" in page


def test_an_old_report_opens_and_keeps_its_hash():
    """What was frozen before scores were told has no such part, and its hash does not move."""
    report = old_report()
    frozen = json.loads(canonical_json(report))
    assert "standing" not in frozen

    again = REPORT.validate_python(frozen)

    assert snapshot_sha256(again) == snapshot_sha256(report)
    assert "Not rated yet" in pdf.render_html(again)


def test_a_frozen_report_comes_back_the_same(case):
    """After a trip through JSON."""
    report = case[0]
    assert REPORT.validate_python(REPORT.dump_python(report, mode="json")) == report


def test_3000_findings_are_capped_on_the_page_and_whole_in_the_file(database):
    """And a name of 200 letters is cut in the question alone."""
    with database.transaction() as session:
        vendor, _ = rated.make(session, "x" * 190, NOON)
        for number in range(3000):
            rated.finding(session, vendor, "DL-01", NOON, title=f"Fault {number}")
        scores.rescore(session, [vendor.id], now=NOON, cause=scores.FINDING)
        report = reported(session, vendor)

    rows = list(csv.reader(io.StringIO(findings_csv(report).decode("utf-8-sig"))))
    assert len(rows) == 3001
    assert rows[0][-5:] == ["seen in", "state", "owner", "opened", "accepted until"]
    assert "This table shows 300 of 3000 findings." in plain(pdf.render_html(report))
    assert len(report.standing.answer.question) < 200


def asked(standing: Standing, *, in_use=False, **changed):
    """What page 1 would say of another score."""
    worst = replace(standing.worst, knockouts=(), **changed)
    told = answer(
        replace(standing, rated=(worst,), unrated=(), decided=()),
        Subject("", "Acme", in_use=in_use),
        posture=None,
        looked=False,
        as_of=DAY,
        words=WORDS,
    )
    return told.question, " ".join(told.bridges)


@pytest.mark.parametrize(
    ("changed", "question", "bridge"),
    [
        (
            {"grade": Grade.B, "residual": 5100, "band": Band.HIGH, "mended": None, "inherent": 95},
            "Choose for Acme between an exit and conditions that go beyond closing findings.",
            "with an inherent risk of 95, what is left is still above it",
        ),
        (
            {"grade": Grade.F, "residual": 1200, "band": Band.LOW, "inherent": 20},
            "Approve Acme: its residual risk is within our appetite.",
            "Grade F says how little is shown, not how much there is to lose",
        ),
        (
            {"grade": Grade.C, "unverified": True, "residual": 4000, "band": Band.MEDIUM},
            "Approve Acme: its residual risk is within our appetite.",
            "Grade C rests on the vendor's own word",
        ),
        (
            {"grade": None, "residual": None, "coverage": 4100},
            "Decide on Acme only when more is known: 41 % of what counts, and a grade needs 60 %.",
            "it counts as its worst end until more is known",
        ),
        (
            {"grade": Grade.C, "residual": 4530, "band": Band.HIGH, "mended": None, "steps": ()},
            "Choose for Acme between an exit and conditions that go beyond closing findings.",
            "Residual risk is 45.30, above our appetite of 45 for tier 2.",
        ),
    ],
)
def test_grade_risk_and_question_do_not_disagree(case, changed, question, bridge):
    """Where a grade and a risk seem to, a sentence says why both are true."""
    told, bridges = asked(case[0].standing, **changed)

    assert told == question
    assert bridge in bridges
