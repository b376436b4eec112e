"""Fetches what says how mail to a domain must be delivered: the MTA-STS policy."""

from dataclasses import replace

from vendor_risk.checks import mtasts
from vendor_risk.checks.base import Request
from vendor_risk.checks.lookup import lookup
from vendor_risk.checks.mail import receiver
from vendor_risk.checks.observations import (
    Cut,
    Failure,
    Mail,
    NoResponse,
    Observations,
    Response,
    Tls,
    Unreachable,
)
from vendor_risk.checks.tables.challenges import MARK_WINDOW
from vendor_risk.observe.addresses import AddressRefused
from vendor_risk.observe.connect import Unreached
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dial import PinnedDial
from vendor_risk.observe.http import Visit
from vendor_risk.observe.network import Network


def gather(
    seen: Observations, dial: PinnedDial, network: Network, deadline: Deadline
) -> Mail | Unreachable:
    """The policy that a record in the DNS announces, and how its host served it.

    Nothing is visited where no record announces one.
    """
    if isinstance(seen.dns, Unreachable):
        return seen.dns
    name = receiver(seen.dns, seen.domain)
    if not mtasts.meant(lookup(seen.dns, f"_mta-sts.{name}", "TXT")):
        return Mail()
    visit = Visit(dial, network)
    try:
        handshake = _handshake(dial, mtasts.host(name), deadline.share(2))
        # senders must not follow redirects (RFC 8461 section 3.3)
        visit.ask(Request(mtasts.address(name), follow=False), deadline)
    finally:
        visit.close()
        dial.close()
    (answer,) = visit.seen().responses
    policy, answer = _policy(answer)
    return Mail(mta_sts_policy=policy, mta_sts=answer, mta_sts_tls=handshake)


def _handshake(dial: PinnedDial, host: str, deadline: Deadline) -> Tls | Unreachable:
    try:
        return dial.shake_hands(host, deadline)
    except Unreached as trouble:
        return Unreachable(trouble.reason, trouble.kind)
    except AddressRefused as refused:
        return Unreachable(f"{refused.seen}: not visited", Failure.BLOCKED)


def _policy(answer: Response | NoResponse) -> tuple[str | None, Response | NoResponse]:
    """The text of the policy, and the answer without it; of other answers the beginning is kept."""
    if not isinstance(answer, Response):
        return None, answer
    if answer.status != 200 or answer.cut is not None or answer.truncated:
        return None, replace(answer, body=answer.body[:MARK_WINDOW])
    if len(answer.body) > mtasts.LENGTH_LIMIT:
        return None, replace(answer, body="", truncated=True, cut=Cut.SIZE)
    return answer.body, replace(answer, body="")
