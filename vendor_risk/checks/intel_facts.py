"""Facts that lists of others add to a look: what a registry says, names alike, certificates."""

from collections.abc import Iterator

from vendor_risk.checks import certificate
from vendor_risk.checks.facts import fact
from vendor_risk.checks.lookalike import looks_like
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Intel, Observations, Tls, Unreachable
from vendor_risk.evidence import N_


@fact(id="intel.feeds", title=N_("Lists that were compared with"))
def feeds(intel: Intel) -> Iterator[str]:
    """Each list that was read, with its date, its licence and what is the matter with it.

    What was not there is among what could not be judged.
    """
    for each in intel.feeds:
        if each.dated is None and each.reason:
            continue
        dated = f"{each.dated:%Y-%m-%d}" if each.dated else "no date"
        words = f"{each.name}: {dated}; {each.attribution or each.licence}"
        yield f"{words}; {each.reason}" if each.reason else words


@fact(id="intel.registration", title=N_("Registration of the name"))
def registration(intel: Intel) -> Iterator[str]:
    """Its end, its registrar, and whether it is locked against moving to another."""
    seen = intel.registration
    if seen is None:
        return
    if seen.expires:
        yield f"runs out on {seen.expires:%Y-%m-%d}"
    if seen.registrar:
        yield f"registrar {seen.registrar}"
    states = {"".join(each.split()).casefold() for each in seen.status}
    locks = states & {"clienttransferprohibited", "servertransferprohibited"}
    if seen.status:
        yield "locked against transfer" if locks else "not locked against transfer"
    yield from seen.status


@fact(id="intel.lookalikes", title=N_("Names that could be taken for this one"))
def lookalikes(intel: Intel) -> Iterator[str]:
    """Those that take mail first."""
    for each in sorted(intel.lookalikes or (), key=lambda each: not each.exchanges):
        where = ", ".join(each.exchanges[:2] or each.addresses[:2])
        yield f"{each.name} ({each.kind}): {'mail at ' if each.exchanges else ''}{where}"


@fact(id="intel.ct", title=N_("Certificates in public logs"))
def logged(intel: Intel, observations: Observations) -> Iterator[str]:
    """Names that could be taken for this one, then issuers other than the one seen."""
    name = organisation(observations.domain)
    own = _issuer(observations.tls)
    for each in intel.certificates or ():
        since = f" since {each.not_before:%Y-%m-%d}" if each.not_before else ""
        for other in each.names:
            kind = looks_like(other.removeprefix("*."), name)
            if kind:
                yield f"{other}: {kind}; by {each.issuer}{since}"
    for each in intel.certificates or ():
        ours = [one for one in each.names if organisation(one.removeprefix("*.")) == name]
        if own and ours and each.issuer.casefold() != own.casefold():
            since = f" since {each.not_before:%Y-%m-%d}" if each.not_before else ""
            yield f"{ours[0]}: by {each.issuer}, not {own}{since}"


def _issuer(tls: Tls | Unreachable) -> str:
    """The organisation that issued the served certificate; empty where none can be read."""
    if isinstance(tls, Unreachable) or not tls.chain_pem:
        return ""
    leaf = certificate.load(tls.chain_pem[0])
    issuer = certificate.issuer(leaf) if leaf else None
    return certificate.organisation(issuer) if issuer else ""
