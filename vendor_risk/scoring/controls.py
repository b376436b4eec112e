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

ASKS: dict[str, str] = {
    "AC-01": N_("Nobody gets in from outside, or administers anything, with a password alone."),
    "AC-02": N_("Each account reaches only what its work needs, and vendors are kept apart."),
    "AC-03": N_(
        "Accounts come, change and end with their people, and somebody looks through them."
    ),
    "BC-01": N_("What we gave them can be brought back after a loss, and they have tried it."),
    "DL-01": N_("What happens is recorded where an intruder cannot erase it, and somebody looks."),
    "DN-01": N_("Nobody else can speak, mail or get a certificate in their name."),
    "DP-01": N_("What travels cannot be read or changed on the way."),
    "DP-02": N_("What is stored cannot be read from a stolen disk; cards are nowhere in clear."),
    "DP-03": N_("A stolen table of passwords is of no use."),
    "DP-04": N_(
        "They keep no more of our data than they need, apart from others', and not longer."
    ),
    "GV-01": N_(
        "Somebody answers for security, the rules are written, and people are taught them."
    ),
    "GV-02": N_("Somebody independent looked at the very service that we buy."),
    "HV-01": N_("Systems start from a secure base, without defaults and without what nobody uses."),
    "HV-02": N_("Faults that attackers use are closed before they get there."),
    "HV-03": N_(
        "Computers are watched and protected from one place, and nobody can switch it off."
    ),
    "IR-01": N_("They know what to do when it happens, because they have practised it."),
    "IR-02": N_("They tell us of a breach in time for our own duties."),
    "SC-01": N_("They know and watch the vendors behind them that reach our data."),
    "WB-01": N_("Nobody can put a script on a payment page, or change one, without being noticed."),
    "WB-02": N_("Software is written and tested so that its faults are found before others do."),
    "WB-03": N_("Their pages tell browsers what to refuse."),
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
