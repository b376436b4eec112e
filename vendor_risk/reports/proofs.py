"""What to ask a vendor for first, from our own facts about what we buy."""

from collections.abc import Callable, Iterable
from gettext import NullTranslations

from vendor_risk.evidence import N_
from vendor_risk.reports.report import Proof
from vendor_risk.scoring.inherent import Facts
from vendor_risk.scoring.model import Model

HOW_MANY = 3

# Each is the good side of a knock-out: the facts that bring it into play, and what disproves it.
_DISPROOFS: dict[str, tuple[Callable[[Facts], bool], str]] = {
    "KO-02": (
        lambda facts: facts.access >= 2,
        N_("Proof that every remote and administrative log-in to our data needs a second factor"),
    ),
    "KO-03": (
        lambda facts: "card-data" in facts.floors or facts.payment == 4,
        N_("Proof that no card check number is stored and card numbers are encrypted, logs too"),
    ),
    "KO-04": (
        lambda facts: "payment-page-script" in facts.floors or facts.payment == 4,
        N_("An inventory of the scripts on our payment page, with integrity and change control"),
    ),
    "KO-07": (
        lambda facts: facts.data_sensitivity >= 1,
        N_("A signed promise to tell us of a breach within 72 hours"),
    ),
}
_ALWAYS = N_("An independent audit report or certificate whose scope covers what we buy")


def proofs(facts: Iterable[Facts], model: Model, words: NullTranslations) -> tuple[Proof, ...]:
    """The three missing proofs that weigh most, the lowest cap first; none without facts."""
    known = list(facts)
    if not known:
        return ()
    due = [
        Proof(words.gettext(ask), id, model.knockouts[id])
        for id, (applies, ask) in _DISPROOFS.items()
        if any(applies(one) for one in known)
    ]
    due.sort(key=lambda proof: (proof.cap, proof.knockout))
    return (*due, Proof(words.gettext(_ALWAYS), "", None))[:HOW_MANY]
