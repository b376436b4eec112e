"""Which questionnaires a vendor gets for an engagement, by our own facts about it."""

from collections.abc import Mapping

INTAKE = "intake"  # for our own business owner, never sent to a vendor
CONTRACTOR_ACCESS = "contractor-access"
MVSP = "mvsp-3"
ECOM_CORE = "ecom-core"
PAYMENT_PAGE = "payment-page"
PROCESSOR = "processor-gdpr"
INCIDENT = "incident-rapid"  # sent by hand, during an event

_STRICT = 2  # tiers up to this one are asked in depth
_FLOORS = ("payment-page-script", "card-data", "special-category")


def chosen(facts: Mapping[str, int], tier: int) -> tuple[str, ...]:
    """The ids of the questionnaires, in the order in which they are asked as one.

    Together they ask for every control that the facts bring into scope. `facts` are the levels of
    the five factors, and 1 or 0 for each floor.
    """
    if _only_signs_in(facts):
        return (CONTRACTOR_ACCESS,)
    # MVSP has nothing about computers, domains and plans; the twelve plain questions have it.
    ids = [ECOM_CORE] if tier <= _STRICT else [MVSP, CONTRACTOR_ACCESS]
    if facts["payment"] >= 3 or facts["payment-page-script"] or facts["card-data"]:
        ids.append(PAYMENT_PAGE)
    if facts["data_sensitivity"] >= 2 or facts["special-category"]:
        ids.append(PROCESSOR)
    return tuple(ids)


def _only_signs_in(facts: Mapping[str, int]) -> bool:
    """No data of ours, no code with us and no part in payments: a log-in at most."""
    return (
        facts["data_sensitivity"] == 0
        and facts["access"] <= 3
        and facts["payment"] <= 1
        and not any(facts[floor] for floor in _FLOORS)
    )
