"""What the report of the portfolio asks and says, without any database."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from gettext import NullTranslations

import pytest

from vendor_risk.reports.issue import attached, from_json, sha256_of, to_json
from vendor_risk.reports.portfolio import (
    Before,
    Blind,
    Cell,
    Late,
    Line,
    Move,
    Overdue,
    Portfolio,
    Shared,
    Spend,
    Totals,
    crossed,
    decide,
)
from vendor_risk.reports.report import Kind, Money
from vendor_risk.reports.sheets import sheets
from vendor_risk.scoring.model import Band

AS_OF = datetime(2026, 11, 22, 6, 10, tzinfo=UTC)
TOTALS = Totals(10, 8, 6, 0, 0, 0, 0)
SEEN = Blind(0, 0, 5, 0, 0, 0, 90, ())
LINE = Line(
    id="1", name="Osprey Logistics", supplier_number="S-1", owner="Dana Mwangi", tier=1,
    engagement="Parcels", inherent=78, final=7126, grade="B", unverified=False, coverage=9000,
    residual=3610, best=3610, worst=3610, band=Band.MEDIUM, knockout="", above=False,
    decided="approve", waiting=False, decided_on=date(2026, 3, 1), review_on=date(2027, 3, 1),
    open_findings=1, severe_findings=0, posture=94, posture_grade="A", seen_on=date(2026, 11, 21),
)  # fmt: skip
OVER = replace(
    LINE, id="2", name="Polar Heating", tier=2, residual=5210, band=Band.HIGH, above=True,
    knockout="KO-02", decided="", decided_on=None, severe_findings=2,
)  # fmt: skip
MOVE = Move("Osprey Logistics", "Parcels", 1, 8012, True, 7126, "B", False, "a scan", "DN-01")
LATE = Late(
    "findings",
    3,
    2,
    (Overdue("Polar Heating", "No second factor", date(2026, 9, 28), "Dana Mwangi"),),
)


def asked(totals=TOTALS, blind=SEEN, before=None, overdue=0):
    return decide(
        totals,
        worst="Polar Heating" if totals.above else "",
        overdue=overdue,
        blind=blind,
        before=before,
        words=NullTranslations(),
    )


def portfolio(*lines, **changes):
    """A report of these vendors."""
    over = [line for line in lines if line.above]
    made = Portfolio(
        kind=Kind.PORTFOLIO, number="VR-2026-0007", organisation="Contoso Shop", language="en",
        as_of=AS_OF, since=datetime(2026, 8, 22, tzinfo=UTC), prepared_by="Jana Ortiz",
        sample=False, appetite=(45, 46, 47, 48),
        totals=replace(TOTALS, above=len(over), knocked_out=sum(bool(o.knockout) for o in over)),
        decision=asked(replace(TOTALS, above=len(over))),
        cells=(Cell(1, Band.MEDIUM, 3), Cell(2, Band.HIGH, 1), Cell(None, None, 4)),
        lines=lines, left_out=0,
        moves=(MOVE,), late=(LATE, Late("access", 0, 0, ())),
        accepted=(), accepted_count=0,
        shared=(Shared("web", "Cloudflare", 4, ("Osprey Logistics", "Polar")),), shared_of=5,
        spend=(Spend(Money(123456700, "EUR"), 2, (("Osprey Logistics", Money(98765400, "EUR")),)),),
        unspent=1, blind=replace(SEEN, untriaged=4), before=None, coverage_needed=6000,
        bands={Band.LOW: 0, Band.MEDIUM: 2500, Band.HIGH: 4500, Band.CRITICAL: 7000},
        model="1.0.0", model_sha256="f" * 64, product="0.1.0",
    )  # fmt: skip
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"above": 2}, "the 2 vendors above our appetite, first with Polar Heating"),
        ({"above": 1}, "Polar Heating, the vendor above our appetite"),
        ({}, "every vendor that is rated stands within our appetite"),
        ({"rated": 0}, "none of them is rated yet"),
        ({"rated": 0, "vendors": 0}, "the inventory is empty"),
    ],
)
def test_the_question_follows_from_who_stands_above(changes, words):
    """One vendor above the appetite is named, however well the others do."""
    assert words in asked(replace(TOTALS, **changes)).question


@pytest.mark.parametrize(
    ("unrated", "overdue", "words"),
    [
        (1, 5, "the vendor of tier 1 or 2 that nobody can rate"),
        (3, 5, "the 3 vendors of tier 1 and 2 that nobody can rate"),
        (0, 5, "who does the 5 things that are past their day"),
    ],
)
def test_what_nobody_knows_comes_before_what_is_late(unrated, overdue, words):
    """Where nobody stands above the appetite, the next best question is asked."""
    assert words in asked(blind=replace(SEEN, unrated=unrated), overdue=overdue).question


def test_the_reasons_name_what_the_numbers_leave_out():
    """Tier 1, knock-outs, and those who stand in no figure."""
    totals = replace(TOTALS, above=3, above_first=1, knocked_out=2)

    reasons = " ".join(asked(totals, replace(SEEN, unrated=2, untriaged=4)).reasons)

    for words in ("1 of them is tier 1", "2 are knocked out", "2 of 5 vendors", "4 vendors in use"):
        assert words in reasons


@pytest.mark.parametrize(("listed_all", "told"), [(True, True), (False, False)])
def test_who_crossed_is_told_only_where_both_lists_are_whole(listed_all, told):
    """A list that was cut cannot say who left it."""
    before = Before("VR-2026-0003", AS_OF, 9, 2, 0, 0, 0, ("A",), ("B", "C"), listed_all)

    reasons = " ".join(asked(replace(TOTALS, above=1), before=before).reasons)

    assert ("Since report VR-2026-0003 1 came above the appetite and 2 went" in reasons) is told


def test_crossing_goes_by_who_it_is_and_not_by_the_name():
    """A vendor that was renamed neither came nor left."""
    renamed = replace(OVER, name="Polar Cooling")

    assert crossed([OVER, LINE], [renamed]) == ((), ("Osprey Logistics",))


def test_a_portfolio_survives_json():
    """The same report and the same hash after a trip through the database."""
    made = portfolio(OVER, LINE)

    again = from_json(to_json(made))

    assert (again, sha256_of(again)) == (made, sha256_of(made))


def test_the_hash_follows_every_figure():
    """One finding more is another report."""
    changed = portfolio(OVER, replace(LINE, open_findings=2))

    assert sha256_of(changed) != sha256_of(portfolio(OVER, LINE))


def test_the_list_beside_it_holds_every_vendor():
    """Also those that no page had room for; no cell is a formula."""
    made = portfolio(OVER, replace(LINE, name="=cmd()"))

    (beside,) = attached(made)
    rows = list(csv.DictReader(io.StringIO(beside.content.decode("utf-8-sig"))))

    assert [(row["vendor"], row["above appetite"], row["residual"]) for row in rows] == [
        ("Polar Heating", "yes", "52.10"),
        ("'=cmd()", "no", "36.10"),
    ]


def test_what_is_unknown_stays_empty_in_the_list():
    """No nought where nobody knows."""
    unknown = replace(LINE, final=None, grade=None, residual=None, band=None, posture=None)

    row = next(
        csv.DictReader(io.StringIO(attached(portfolio(unknown))[0].content.decode("utf-8-sig")))
    )

    assert (row["assurance"], row["grade"], row["residual"], row["external posture"]) == ("",) * 4


def test_each_kind_of_row_has_its_sheet():
    """The workbook of an auditor."""
    found = {one.name: one for one in sheets(portfolio(OVER, LINE))}

    assert list(found) == [
        "report", "vendors", "tiers", "moved", "past their day", "resting on", "accepted",
    ]  # fmt: skip
    assert all(len(row) == len(one.heads) for one in found.values() for row in one.rows)
    assert found["moved"].rows[0][3:6] == ("80.12", "71.26", "-8.86")
