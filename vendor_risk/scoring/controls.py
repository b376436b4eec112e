"""The controls of the risk model in words: what each asks for, and why some do not apply."""

from dataclasses import dataclass

from vendor_risk.evidence import N_
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import Model, ScopeNumbers, load
from vendor_risk.scoring.scales import FACTORS

NAMES: dict[str, str] = {
    "AC-01": N_("Second factor on remote and administrative access"),
    "AC-02": N_("Least privilege, and access of vendors kept apart"),
    "AC-03": N_("Joiners, leavers and reviews of access"),
    "BC-01": N_("Backups"),
    "DL-01": N_("Logging and detection"),
    "DN-01": N_("Control of the domain, its mail and its look-alikes"),
    "DP-01": N_("Encryption in transit"),
    "DP-02": N_("Encryption at rest, no card codes, no cards in logs"),
    "DP-03": N_("Storage of passwords"),
    "DP-04": N_("Data kept small, apart, and deleted in time"),
    "GV-01": N_("An owner, a policy and training"),
    "GV-02": N_("Independent assurance of what we buy"),
    "HV-01": N_("Hardened systems"),
    "HV-02": N_("Patches, first of all for known exploited faults"),
    "HV-03": N_("Managed protection of computers"),
    "IR-01": N_("A tested plan for incidents"),
    "IR-02": N_("Notice to us in time"),
    "SC-01": N_("Their own vendors (fourth parties)"),
    "WB-01": N_("Scripts of payment pages: listed, held to a hash, watched"),
    "WB-02": N_("Secure development and penetration tests"),
    "WB-03": N_("Headers and cookies of web pages"),
}

_REASONS: dict[str, str] = {
    "data_sensitivity": N_("it has no data of ours that needs this"),
    "data_volume": N_("it has data of too few people"),
    "access": N_("it has no access to our systems that needs this"),
    "criticality": N_("we can do without it for long enough"),
    "payment": N_("it plays no part in payments that needs this"),
    "floors": N_("it runs no script on a payment page"),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A control that does not count for an engagement; each reason is marked for translation."""

    control: str
    reasons: tuple[str, ...]


def out_of_scope(facts: Facts, model: Model | None = None) -> tuple[LeftOut, ...]:
    """The controls that the facts leave out, ordered by id; never depends on the answers."""
    model = model or load()
    return tuple(
        LeftOut(control, _why(numbers.when))
        for control, numbers in sorted(model.controls.items())
        if numbers.when is not None and not _applies(facts, numbers.when)
    )


def _applies(facts: Facts, when: ScopeNumbers) -> bool:
    if facts.floors & set(when.floors):
        return True
    levels = ((facts.level(factor.key), getattr(when, factor.key)) for factor in FACTORS)
    return any(needed is not None and level >= needed for level, needed in levels)


def _why(when: ScopeNumbers) -> tuple[str, ...]:
    keys = [factor.key for factor in FACTORS if getattr(when, factor.key) is not None]
    if when.floors:
        keys.append("floors")
    return tuple(_REASONS[key] for key in keys)
