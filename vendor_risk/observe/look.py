"""Looks at one host, or at many side by side, and says what was seen."""

import ssl
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime

from vendor_risk import __version__
from vendor_risk.checks import questions as of_the_checks
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Dns, Http, Method, Observations, Tls, Unreachable
from vendor_risk.observe.connect import Unreached
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dial import PinnedDial
from vendor_risk.observe.dns import Question, Resolver
from vendor_risk.observe.http import Visit
from vendor_risk.observe.network import Network, ResolverDown, server_text
from vendor_risk.observe.target import Target

Questions = Callable[[str], tuple[Question, ...]]
FollowUp = Callable[[Dns, str], tuple[Question, ...]]
Done = Callable[[Target, Observations | Exception], None]

_MOST_ROUNDS = 20  # of questions that answers lead to: SPF and DMARC need about ten
_MOST_QUESTIONS = 200  # about one host, whatever its zone asks for


def look(
    target: Target,
    network: Network,
    *,
    observed_at: datetime,
    questions: Questions = of_the_checks.questions,
    follow_up: FollowUp = of_the_checks.follow_up,
) -> Observations:
    """What a visitor, a resolver and a TLS client see of a host, within the network's deadline.

    Trouble that the host causes is part of the observations. AddressRefused when the host's own
    addresses may not be visited (nothing is connected to), ResolverDown when our DNS is dead.
    """
    started = time.monotonic()
    deadline = Deadline.after(network.deadline_seconds)
    resolver = Resolver(network.servers(), deadline)
    dial = PinnedDial(resolver, network)
    addresses, tls, http = _pinned(dial, target.host)
    # One after the other: a second thread for the DNS costs a fifth more CPU for each host, and
    # many hosts are looked at side by side anyway. Slow name servers leave half of the time.
    resolver.deadline = deadline.share(2)
    dns = _ask(resolver, target.host, questions, follow_up)
    resolver.deadline = deadline
    if addresses:
        tls, http = _visit(target.host, dial, network, deadline)
    return Observations(
        domain=target.host,
        observed_at=observed_at,
        dns=dns,
        tls=tls,
        http=http,
        method=Method(
            scanner=f"vendor-risk {__version__}",
            resolvers=tuple(server_text(server) for server in network.servers()),
            addresses=addresses,
            tls_library=ssl.OPENSSL_VERSION,
            user_agent=network.user_agent,
            seconds=round(time.monotonic() - started, 3),
        ),
    )


def look_many(
    targets: Iterable[Target],
    network: Network,
    *,
    observed_at: datetime,
    done: Done,
    workers: int = 16,
    questions: Questions = of_the_checks.questions,
    follow_up: FollowUp = of_the_checks.follow_up,
) -> None:
    """Looks at hosts side by side and hands each to `done` as it comes, in the calling thread.

    `done` gets the observations, or the error (AddressRefused above all) that stands for them. A
    hostile host holds one worker until its own deadline. ResolverDown ends the whole batch.
    """
    with ThreadPoolExecutor(max_workers=workers) as pool:
        looks: dict[Future[Observations], Target] = {
            pool.submit(
                look,
                target,
                network,
                observed_at=observed_at,
                questions=questions,
                follow_up=follow_up,
            ): target
            for target in targets
        }
        for finished in as_completed(looks):
            error = finished.exception()
            if isinstance(error, ResolverDown):
                pool.shutdown(wait=False, cancel_futures=True)
                raise error
            if error is not None and not isinstance(error, Exception):
                raise error
            done(looks[finished], error or finished.result())


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


def _ask(resolver: Resolver, host: str, questions: Questions, follow_up: FollowUp) -> Dns:
    """Every question that the checks have, and those to which the answers lead."""
    state = resolver.dnssec(host, organisation(host))
    wanted = questions(host)
    for _ in range(_MOST_ROUNDS):
        resolver.ask(wanted)
        records = resolver.records()
        room = max(0, _MOST_QUESTIONS - len(records))
        wanted = follow_up(Dns(records, state), host)[:room]
        if not wanted:
            break
    return Dns(resolver.records(), state)


def _visit(
    host: str, dial: PinnedDial, network: Network, deadline: Deadline
) -> tuple[Tls | Unreachable, Http]:
    """The handshake, then the pages, the first of them over the same connection."""
    tls: Tls | Unreachable
    visit = Visit(dial, network)
    try:
        try:
            tls = dial.shake_hands(host, deadline.share(2))
        except Unreached as trouble:
            tls = Unreachable(trouble.reason, trouble.kind)
        urls = (f"https://{host}/", f"http://{host}/")
        for number, url in enumerate(urls):
            visit.ask(url, deadline.share(len(urls) - number))
    finally:
        visit.close()
        dial.close()
    return tls, visit.seen()
