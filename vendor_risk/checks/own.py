"""Which names are the vendor's own beside those below its registered name."""

from functools import lru_cache

from vendor_risk.checks.certificate import covers, load, names
from vendor_risk.checks.names import organisation
from vendor_risk.checks.observations import Observations, Tls

# Organisations of one certificate that still belong together: a company and its brands. Networks
# that deliver for others put up to a hundred customers into one certificate, who are strangers to
# each other; counted are the words that were bought, so that shop.de and shop.fr are one.
_HANDFUL = 5
_NAMES_MOST = 256  # names of one certificate that are counted; who has more shares it


def held(observations: Observations) -> frozenset[str]:
    """The registered names that the certificate of the host shows to be in the same hands.

    An authority has seen that whoever got the certificate rules each of its names. One that is not
    for the host tells nothing of it, and one that names many organisations belongs to none of them.
    """
    tls = observations.tls
    if not isinstance(tls, Tls) or not tls.chain_pem:
        return frozenset()
    return _held(tls.chain_pem[0], tls.host)


@lru_cache(maxsize=64)
def _held(pem: str, host: str) -> frozenset[str]:
    leaf = load(pem)
    found = names(leaf) if leaf else None
    if found is None or len(found.dns) > _NAMES_MOST or covers(found, host) is None:
        return frozenset()
    owners = frozenset(organisation(name.removeprefix("*.")) for name in found.dns)
    bought = {name.partition(".")[0] for name in owners}
    return owners if len(bought) <= _HANDFUL else frozenset()
