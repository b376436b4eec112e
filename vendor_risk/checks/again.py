"""The front page asked for a second time, as a script of another site would."""

from collections.abc import Iterator

from vendor_risk.checks.arrival import Arrival, arrive
from vendor_risk.checks.base import Request
from vendor_risk.checks.observations import Http, NoResponse, Observations, Response
from vendor_risk.checks.pages import address

STRANGER = "https://stranger.example"  # RFC 2606 section 3: nobody can own it


def second_visit(http: Http, observations: Observations) -> Iterator[Request]:
    """The page where visitors arrive, asked for with the Origin of a stranger."""
    arrival = arrive(http, observations.domain, "page")
    if isinstance(arrival, Arrival) and arrival.url.scheme == "https":
        yield Request(str(arrival.url), origin=STRANGER, follow=False)


def second_answer(http: Http, arrival: Arrival) -> Response | NoResponse | None:
    """What the page answered to a stranger's script; None where nobody asked."""
    found = (each for each in http.responses if each.origin and address(each.url) == arrival.url)
    return next(found, None)
