"""Looks at one host and says what was seen."""

import ssl
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from vendor_risk import __version__
from vendor_risk.checks import certificate, ocsp
from vendor_risk.checks.base import Request
from vendor_risk.checks.document import strangers
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import (
    Dns,
    Dnssec,
    Http,
    Method,
    Observations,
    Tls,
    Unreachable,
)
from vendor_risk.checks.owners import owners_of
from vendor_risk.checks.questions import questions, requests
from vendor_risk.observe import owners, probes, starttls
from vendor_risk.observe.connect import Unreached
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dial import PinnedDial
from vendor_risk.observe.dns import Resolver
from vendor_risk.observe.http import Visit
from vendor_risk.observe.mail import gather
from vendor_risk.observe.network import Network, server_text
from vendor_risk.observe.politeness import PLACES
from vendor_risk.observe.target import Target

_MOST_ROUNDS = 20  # of questions that answers lead to: SPF and DMARC need about ten
_MOST_QUESTIONS = 400  # about one host, whatever its zone asks for
# Beside the front pages over http and https and the policy of MTA-STS: the front page for a
# stranger's script, security.txt, and three check-out pages or five that were declared, of which
# at most four lie on one host.
_MOST_REQUESTS = 7


def look(
    target: Target,
    network: Network,
    *,
    observed_at: datetime,
    handshakes: bool = False,
    declared: Sequence[str] = (),
) -> Observations:
    """What a visitor, a resolver and a TLS client see of a host, within the network's deadline.

    With `handshakes` the host is also asked what else it would accept, and its mail hosts whether
    they encrypt: ten to twenty-five connections more, only where the vendor was told. The pages
    `declared` as check-out or log-in are asked for before those that links lead to.

    Trouble that the host causes is part of the observations. AddressRefused when the host's own
    addresses may not be visited (nothing is connected to), ResolverDown when our DNS is dead.
    """
    started = time.monotonic()
    deadline = Deadline.after(network.deadline_seconds)
    resolver = Resolver(network.servers(), deadline)
    dial = PinnedDial(resolver, network)
    addresses, tls, http = _pinned(dial, target.host)
    seen = Observations(
        domain=target.host, observed_at=observed_at, tls=tls, http=http, declared=tuple(declared)
    )
    # One after the other: a second thread for the DNS costs a fifth more CPU for each host, and
    # many hosts are looked at side by side anyway. Slow name servers leave half of the time.
    resolver.deadline = deadline.share(2)
    seen = _asked(resolver, replace(seen, dns=Dns((), _state(resolver, target.host))))
    with PLACES.at(addresses, network.allow_networks, patience=network.deadline_seconds) as waited:
        deadline = deadline.later(waited)  # whose turn has not come has lost no time
        resolver.deadline = deadline
        if addresses:
            seen = _visited(seen, dial, network, deadline)
        seen = replace(seen, mail=gather(seen, dial, network, deadline))
        seen = _asked(resolver, seen)  # what the certificate, the pages and the policies lead to
        if handshakes and addresses:
            seen = _questioned(seen, dial, network, deadline)
    seen = _owned(seen)
    method = Method(
        scanner=f"vendor-risk {__version__}",
        resolvers=tuple(server_text(server) for server in network.servers()),
        addresses=addresses,
        tls_library=ssl.OPENSSL_VERSION,
        user_agent=network.user_agent,
        seconds=round(time.monotonic() - started, 3),
    )
    return replace(seen, method=method)


def _pinned(
    dial: PinnedDial, host: str
) -> tuple[tuple[str, ...], Tls | Unreachable, Http | Unreachable]:
    """The host's addresses, or why there is nothing to see behind its name."""
    try:
        addresses = dial.pin(host)
    except Unreached as trouble:
        nothing = Unreachable(trouble.reason, trouble.kind)
        return (), nothing, nothing
    not_yet = Unreachable("not observed")
    return addresses, not_yet, not_yet


def _state(resolver: Resolver, host: str) -> Dnssec:
    return resolver.dnssec(host, organisation(host))


def _asked(resolver: Resolver, seen: Observations) -> Observations:
    """What was seen, with every question that it leads to asked, round after round."""
    assert isinstance(seen.dns, Dns)
    state = seen.dns.dnssec
    for _ in range(_MOST_ROUNDS):
        records = resolver.records()
        seen = replace(seen, dns=Dns(records, state))
        wanted = questions(seen)[: max(0, _MOST_QUESTIONS - len(records))]
        if not wanted:
            break
        resolver.ask(wanted)
    return replace(seen, dns=Dns(resolver.records(), state))


def _visited(
    seen: Observations, dial: PinnedDial, network: Network, deadline: Deadline
) -> Observations:
    """What was seen, with the handshake and the pages, the first of them over its connection."""
    host = seen.domain
    visit = Visit(dial, network)
    tls: Tls | Unreachable
    try:
        try:
            tls = dial.shake_hands(host, deadline.share(2))
            tls = _with_staple(tls, network, deadline)
        except Unreached as trouble:
            tls = Unreachable(trouble.reason, trouble.kind)
        fronts = (Request(f"https://{host}/"), Request(f"http://{host}/"))
        _get(visit, fronts, deadline)
        seen = replace(seen, tls=tls, http=visit.seen())
        _get(visit, requests(seen)[:_MOST_REQUESTS], deadline, front=False)
        if isinstance(tls, Tls):
            seen = replace(seen, tls=replace(tls, early_data=dial.early_data(host)))
    finally:
        visit.close()
        dial.close()
    return replace(seen, http=visit.seen())


def _owned(seen: Observations) -> Observations:
    """What was seen, with the owners of the hosts that the pages name."""
    table = owners.table()
    if table is None or not isinstance(seen.http, Http):
        return seen
    return replace(seen, owners=owners_of(strangers(seen.http), table))


def _with_staple(tls: Tls, network: Network, deadline: Deadline) -> Tls:
    """The handshake with its staple, asked for where the certificate has anything to do with one.

    That takes a hello of our own, since the library does not ask. Most authorities gave OCSP up,
    so most hosts are not asked.
    """
    leaf = certificate.load(tls.chain_pem[0]) if tls.chain_pem else None
    if leaf is None:
        return tls
    promised = ocsp.must_staple(leaf)
    if not promised and not ocsp.responders(leaf):
        return tls
    staple = probes.staple(tls, network, deadline.share(3), tries=2 if promised else 1)
    return replace(tls, staple_b64=staple)


def _questioned(
    seen: Observations, dial: PinnedDial, network: Network, deadline: Deadline
) -> Observations:
    """What was seen, with the answers to further handshakes."""
    if isinstance(seen.tls, Tls):
        pinned = dial.pin(seen.domain)
        asked = probes.questioned(seen.tls, pinned, network, deadline.share(2))
        seen = replace(seen, tls=asked)
    mail = starttls.visited(seen, dial, network, deadline)
    return replace(seen, mail=mail) if mail is not None else seen


def _get(
    visit: Visit, wanted: Sequence[Request], deadline: Deadline, *, front: bool = True
) -> None:
    """Each page within its share of the time that is left."""
    for number, request in enumerate(wanted):
        visit.ask(request, deadline.share(len(wanted) - number), front=front)
