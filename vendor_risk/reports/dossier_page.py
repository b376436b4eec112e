"""What the template of a dossier sees, so that screen and paper show the same page."""

from collections.abc import Callable, Mapping
from gettext import NullTranslations

import jinja2

from vendor_risk.reports.acts import ACTS, FINDING_ACTS, Look
from vendor_risk.reports.dossier import Dossier, dossier_sha256
from vendor_risk.reports.dossier_sheets import dossier_sheets

TEMPLATE = "reports/dossier.html"
# How many rows of each list are printed: a row costs about 27 ms, and the whole is attached.
ROWS = 400  # answers, over all responses
FINDINGS = 200
SHORT = 120
LOG = 250


def render(
    report: Dossier,
    environment: jinja2.Environment,
    asset: Callable[[str], str],
    words: NullTranslations,
    *,
    back: str = "",
) -> str:
    """The dossier as HTML; the environment needs the filters of `page` and the translations."""
    claims = tuple(one for one in report.claims if one.ended_on is None)
    return environment.get_template(TEMPLATE).render(
        report=report,
        back=back,
        sha256=dossier_sha256(report),
        asset=asset,
        claims=claims,
        ended=len(report.claims) - len(claims),
        printed=_printed(report),
        rows=ROWS,
        findings_shown=FINDINGS,
        short=SHORT,
        log_shown=LOG,
        act_of=_named(ACTS, words) | _named(FINDING_ACTS, words, "finding."),
        finding_act_of=_named(FINDING_ACTS, words),
        lists=[(one.name.replace(" ", "-"), len(one.rows)) for one in dossier_sheets(report)],
    )


def _named(acts: Mapping[str, Look], words: NullTranslations, before: str = "") -> dict[str, str]:
    """What acts are called, by their ids."""
    return {f"{before}{id}": words.gettext(look.word) for id, look in acts.items()}


def _printed(report: Dossier) -> dict[str, int]:
    """How many answers of each response are printed, the newest responses first."""
    left, printed = ROWS, {}
    for one in report.responses:
        printed[one.number] = min(left, len(one.answers))
        left -= printed[one.number]
    return printed
