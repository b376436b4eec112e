"""What questionnaires cost vendors, and the questions of which nothing ever came."""

import datetime as dt

from flask import Response, render_template
from flask_babel import gettext as _

from vendor_risk.store.queries import burden as listed
from vendor_risk.web.responses import area
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.exports import CSV_TYPE
from vendor_risk.workflow.csv_file import written

SPAN = dt.timedelta(days=730)


@area.get("/burden")
def burden() -> str:
    """Minutes by what was asked together, and each question with what came of it."""
    since = now() - SPAN
    uses = listed.uses(session, since)
    return render_template(
        "responses/burden.html",
        efforts=listed.efforts(session, since),
        uses=uses,
        dead=sum(one.dead is True for one in uses),
        fewest=listed.FEWEST,
        since=since,
    )


@area.get("/burden.csv")
def burden_file() -> Response:
    """Each question with what came of it."""
    heads = [
        _("Question"),
        _("Answered"),
        _("Level changed"),
        _("Returned"),
        _("Does not apply"),
        _("Findings"),
        _("Nothing came of it"),
    ]
    words = {True: _("yes"), False: _("no"), None: _("unknown")}
    rows = (
        [
            one.question,
            one.answered,
            one.changed,
            one.returned,
            one.not_applicable,
            one.findings,
            words[one.dead],
        ]
        for one in listed.uses(session, now() - SPAN)
    )
    return Response(
        written(heads, rows),
        content_type=CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="questions-{now():%Y-%m-%d}.csv"'},
    )
