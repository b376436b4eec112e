"""Looks at a vendor's hosts from outside, as an ordinary visitor would."""

from vendor_risk.observe.addresses import AddressRefused, guard
from vendor_risk.observe.batch import LookBroken, look_at_all
from vendor_risk.observe.look import look
from vendor_risk.observe.network import Network, ResolverDown
from vendor_risk.observe.target import Target, TargetRefused, parse

__all__ = [
    "AddressRefused",
    "LookBroken",
    "Network",
    "ResolverDown",
    "Target",
    "TargetRefused",
    "guard",
    "look",
    "look_at_all",
    "parse",
]
