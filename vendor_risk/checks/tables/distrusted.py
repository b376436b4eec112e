"""Authorities that browsers have stopped trusting, wholly or for certificates issued after a day.

Sources: Mozilla's certdata.txt (server distrust after) and https://wiki.mozilla.org/CA; the
announcements of the Chrome Root Programme on https://security.googleblog.com; state of 2026-11-22.
"""

import re
from datetime import UTC, date, datetime
from typing import NamedTuple


class Cut(NamedTuple):
    """A root whose certificates count only when they were issued up to a moment."""

    root: str  # its common name, else its organisational unit
    after: datetime
    who: str


# Roots that may still stand in the list of the certifi package. Chrome compares the earliest SCT,
# which is seldom before notBefore, so notBefore past the moment is enough to know.
_IZENPE = datetime(2026, 4, 15, 23, 59, 59, tzinfo=UTC)  # Mozilla, NSS 3.123
_AUGUST_2025 = datetime(2025, 7, 31, 23, 59, 59, tzinfo=UTC)  # Chrome 139
_ENTRUST = datetime(2024, 11, 30, 23, 59, 59, tzinfo=UTC)  # Mozilla; Chrome 131 from 2024-11-11

CUTS = (
    Cut("Izenpe.com", _IZENPE, "Mozilla"),
    Cut("NetLock Arany (Class Gold) Főtanúsítvány", _AUGUST_2025, "Chrome"),
    Cut("HiPKI Root CA - G1", _AUGUST_2025, "Chrome"),
    Cut("ePKI Root Certification Authority", _AUGUST_2025, "Chrome"),
    Cut("Entrust Root Certification Authority", _ENTRUST, "Mozilla and Chrome"),
    Cut("Entrust Root Certification Authority - EC1", _ENTRUST, "Mozilla and Chrome"),
    Cut("Entrust Root Certification Authority - G2", _ENTRUST, "Mozilla and Chrome"),
    Cut("Entrust Root Certification Authority - G4", _ENTRUST, "Mozilla and Chrome"),
    Cut("AffirmTrust Commercial", _ENTRUST, "Mozilla and Chrome"),
    Cut("AffirmTrust Networking", _ENTRUST, "Mozilla and Chrome"),
    Cut("AffirmTrust Premium", _ENTRUST, "Mozilla and Chrome"),
    Cut("AffirmTrust Premium ECC", _ENTRUST, "Mozilla and Chrome"),
)


class Removed(NamedTuple):
    """An authority that was taken out of the list of roots, by the first words of its name."""

    name: str
    since: date
    who: str


REMOVED = (
    Removed("diginotar", date(2011, 8, 30), "all browsers, after forged certificates"),
    Removed("cnnic", date(2015, 4, 1), "Mozilla and Google"),
    Removed("wosign", date(2016, 10, 21), "Mozilla, Google and Apple"),
    Removed("startcom", date(2016, 10, 21), "Mozilla, Google and Apple"),
    Removed("symantec", date(2018, 10, 16), "Mozilla, Google and Apple"),
    Removed("verisign", date(2018, 10, 16), "Mozilla, Google and Apple"),
    Removed("camerfirma", date(2021, 4, 13), "Mozilla and Google"),
    Removed("ac camerfirma", date(2021, 4, 13), "Mozilla and Google"),
    Removed("trustcor", date(2022, 11, 30), "Mozilla and Microsoft"),
    Removed("e tuğra", date(2023, 7, 1), "Mozilla and Google"),
    Removed("e tugra", date(2023, 7, 1), "Mozilla and Google"),
    # others have names that begin with this word, and private authorities of their own
    *(
        Removed(f"entrust {rest}", date(2024, 11, 30), "Mozilla and Google")
        for rest in (
            *("inc", "net", "limited", "corporation", "datacard"),
            *("certification authority", "root certification authority"),
        )
    ),
    Removed("affirmtrust", date(2024, 11, 30), "Mozilla and Google"),
)


def cut(root: str) -> Cut | None:
    """The limit on certificates below a root, where there is one."""
    return next((entry for entry in CUTS if entry.root == root), None)


def removed(*names: str) -> Removed | None:
    """When and by whom an authority with one of these names was distrusted, where it was."""
    plain = [" ".join(re.findall(r"\w+", name.casefold())) + " " for name in names]
    return next(
        (entry for entry in REMOVED if any(each.startswith(entry.name + " ") for each in plain)),
        None,
    )
