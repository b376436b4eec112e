"""What a vendor's people see over their link: the questions, their files, and the submission."""

from flask import Blueprint, Response

from vendor_risk.doors import guard, link

area = Blueprint("questionnaire", __name__, url_prefix="/q")
guard(area, link)


@area.after_request
def _private(response: Response) -> Response:
    """No search engine lists it and nothing on the way keeps it.

    The address goes to no other site: `same-origin`, which every page has, sees to that.
    `no-referrer` would also hide it from ourselves, and a form over https is refused then.
    """
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    return response


from vendor_risk.web.questionnaire import (  # noqa: E402  (views need the blueprint)
    downloads,
    entry,
    file_views,
    message_views,
    people_views,
    result_views,
    submit_views,
    views,
    workbook_views,
)

__all__ = [
    "area",
    "downloads",
    "entry",
    "file_views",
    "message_views",
    "people_views",
    "result_views",
    "submit_views",
    "views",
    "workbook_views",
]
