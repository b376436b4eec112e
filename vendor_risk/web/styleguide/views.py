"""The style guide, and the three answers that its specimens need."""

import datetime
from decimal import Decimal

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from vendor_risk.web.frame import notice
from vendor_risk.web.styleguide import styleguide
from vendor_risk.web.styleguide.forms import EXAMPLES, SpecimenForm

AS_OF = datetime.datetime(2026, 11, 21, 5, 10, tzinfo=datetime.UTC)
TODAY = AS_OF.date()
LONG_NAME = (  # 200 characters, the longest name that the inventory takes
    "Internationale Gesellschaft für Zahlungsverkehr, Bonitätsprüfung, Betrugserkennung und "
    "Kundenbindung im grenzüberschreitenden Versandhandel mit beschränkter Haftung & Co. "
    "Kommanditgesellschaft Nordsee"
)

ROWS = [
    ("Halvorsen Cloud Backup", "halvorsen.example", 1, "critical", 47, "D", -14, 9, -4),
    ("Northwind Payroll", "northwindpayroll.example", 1, "medium", 68, "C", -9, 6, 130),
    ("Quill Document Sign", "quillsign.example", 2, "low", 91, "A", 2, 0, 0),
    ("Kestrel Print", "kestrelprint.example", 3, "low", 71, "B", 0, 1, 6),
    (LONG_NAME, "zahlungsverkehr-bonitaet-betrug.example", 2, "high", 12, "F", None, 1204, 9),
    ("شركة البرمجيات المتقدمة", "software.example", 4, "medium", 55, "C", 3, 2, 61),
    ("Brightline Analytics", "brightline.example", None, None, None, None, None, 0, None),
]
FIGURES = [("Jun", 2, 14), ("Jul", 1, 12), ("Aug", 3, 13), ("Sep", 3, 9), ("Oct", 2, 8)]


def _filled() -> SpecimenForm:
    return SpecimenForm(
        meta={"csrf": False},
        prefix="ok-",
        name="Northwind Payroll",
        email="security@northwindpayroll.example",
        people=4200,
        spend=Decimal("48000.00"),
        currency="EUR",
        ends=datetime.date(2027, 6, 30),
        entity="de",
        purpose="Payroll and expenses for all staff in Germany and the United Kingdom.",
        held="3",
        frequency="q",
        kinds=["card"],
        agree=True,
    )


def _broken() -> SpecimenForm:
    form = SpecimenForm(
        MultiDict({"bad-email": "security@", "bad-ends": "soon"}),
        meta={"csrf": False},
        prefix="bad-",
    )
    form.validate()
    return form


@styleguide.get("/styleguide")
def show() -> str:
    """All specimens on one page."""
    return render_template(
        "styleguide/show.html",
        filled=_filled(),
        broken=_broken(),
        examples=EXAMPLES,
        rows=[
            (*row[:-1], None if row[-1] is None else TODAY + datetime.timedelta(days=row[-1]))
            for row in ROWS
        ],
        figures=FIGURES,
        long_name=LONG_NAME,
        today=TODAY,
        as_of=AS_OF,
    )


@styleguide.post("/styleguide")
def act() -> Response:
    """The next page says that nothing happened, and offers to undo it."""
    undo = "" if "undone" in request.args else url_for("styleguide.act", undone=1)
    notice("A specimen button was pressed; nothing was changed.", undo=undo)
    return redirect(url_for("styleguide.show"))


@styleguide.get("/styleguide/progress")
def progress() -> tuple[str, int]:
    """The finished state of the progress specimen; 286 tells htmx to stop asking."""
    return render_template("styleguide/progress.html"), 286
