"""What kinds of access are called on screen, and what each field asks."""

from collections.abc import Mapping

from vendor_risk.evidence import N_
from vendor_risk.store.models.access import AccessKind

KINDS: Mapping[str, str] = {
    AccessKind.ACCOUNT: N_("Account"),
    AccessKind.VPN: N_("VPN"),
    AccessKind.PORTAL: N_("Portal log-in"),
    AccessKind.API_KEY: N_("API key"),
    AccessKind.SCRIPT: N_("Script on our pages"),
    AccessKind.DEPLOYMENT: N_("Deployment or publish right"),
    AccessKind.PORT: N_("On-site port"),
    AccessKind.OTHER: N_("Other"),
}
FACTS: Mapping[str, str] = {"": N_("Nobody knows"), "yes": N_("Yes"), "no": N_("No")}
