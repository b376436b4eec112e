"""Asks which of the names that could be taken for another exist."""

from vendor_risk.checks.lookup import addresses, exchanges
from vendor_risk.checks.observations import Lookalike
from vendor_risk.checks.permutations import permutations
from vendor_risk.observe.deadline import Deadline
from vendor_risk.observe.dns import Resolver
from vendor_risk.observe.network import Network

_MOST = 16  # addresses or mail servers of one name


def search(
    name: str, network: Network, *, seconds: float
) -> tuple[tuple[Lookalike, ...], int, int]:
    """The names that have an address or a mail server; how many were asked, how many were silent.

    Only the DNS is asked, nobody behind the names. ResolverDown when no resolver says anything.
    """
    wanted = permutations(name)
    resolver = Resolver(network.servers(), Deadline.after(seconds))
    questions = [(each, type) for each, _ in wanted for type in ("A", "MX")]
    answers = iter(resolver.ask(questions))
    found, silent = [], 0
    for (other, kind), a, mx in zip(wanted, answers, answers, strict=False):
        if not (a.known and mx.known):
            silent += 1
        hosts, mail = addresses(a)[:_MOST], exchanges(mx)[:_MOST]
        if hosts or mail:
            found.append(Lookalike(other, kind, hosts, mail))
    return tuple(found), len(wanted), silent
