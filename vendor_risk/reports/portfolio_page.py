"""What the template of a portfolio report sees, so that screen and paper show the same page."""

from collections.abc import Callable
from gettext import NullTranslations

import jinja2

from vendor_risk.reports.portfolio import Portfolio, portfolio_sha256
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.scoring.model import Band, Tier

TEMPLATE = "reports/portfolio.html"
OVER = 6  # vendors above the appetite on page 1
ROWS = 300  # on paper a row costs about 27 ms


def render(
    report: Portfolio,
    environment: jinja2.Environment,
    asset: Callable[[str], str],
    words: NullTranslations,
    *,
    back: str = "",
) -> str:
    """The report as HTML; the environment needs the filters of `page` and the translations."""
    over, first = report.over, report.first
    listed = {line.id for line in over[:OVER]}
    return environment.get_template(TEMPLATE).render(
        report=report,
        back=back,
        sha256=portfolio_sha256(report),
        asset=asset,
        knockouts={id: words.gettext(text) for id, text in KNOCKOUTS.items()},
        over=over[:OVER],
        over_more=tuple(line for line in over[:ROWS] if line.id not in listed),
        over_count=len(over),
        first=first[:ROWS],
        first_count=len(first),
        rows=ROWS,
        counts={(cell.tier, cell.band): cell.count for cell in report.cells},
        tiers=tuple(Tier),
        bands=tuple(Band),
    )
