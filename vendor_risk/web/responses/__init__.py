"""Responses of vendors: the queue of those who review them, and the page of one."""

from flask import Blueprint

from vendor_risk.doors import guard, only, role

area = Blueprint("responses", __name__, url_prefix="/responses")
guard(area, role("analyst", "approver", "admin"))

WRITES = only("analyst", "approver", "admin")
"""Who reviews answers."""

from vendor_risk.web.responses import (  # noqa: E402
    behalf_views,  # noqa: F401
    burden_views,  # noqa: F401
    import_views,  # noqa: F401
    letter_views,  # noqa: F401
    mail_views,  # noqa: F401
    one_views,  # noqa: F401
    round_views,  # noqa: F401
    views,  # noqa: F401
    workbook_views,  # noqa: F401
)
