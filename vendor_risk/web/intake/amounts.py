"""Amounts of money as people type them, in the currencies of today."""

import datetime as dt
from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_currency_precision, get_territory_currencies
from flask_babel import lazy_gettext as _
from wtforms import ValidationError

from vendor_risk.workflow.engagements import MOST_MINOR, currencies

# The currencies of the largest shares of world payments come first; all others follow.
_FIRST = ("EUR", "USD", "GBP", "CHF", "JPY", "CNY", "CAD", "AUD", "SEK", "PLN")
# What stands between thousands: blanks, thin ones too, and the Swiss apostrophe.
_BLANKS = " \u00a0\u202f'\u2019"


def minor_units(amount: str, currency: str) -> int:
    """The amount in minor units; ValidationError when it can be read in no way or in two."""
    if currency not in currencies():
        raise ValidationError(_("Choose the currency of this amount."))
    digits = "".join(character for character in amount if character not in _BLANKS)
    places = get_currency_precision(currency)
    whole, fraction = _parted(digits, places)
    if not (whole + fraction).isascii() or not (whole + fraction).isdigit():
        raise ValidationError(_("Write the amount in digits, such as 12,000 or 12000.50."))
    if len(fraction) > places:
        raise ValidationError(
            _("%(code)s has %(places)d decimal places.", code=currency, places=places)
        )
    minor = int((whole or "0") + fraction.ljust(places, "0"))
    if minor > MOST_MINOR:
        raise ValidationError(_("This is more than anybody spends: check the zeros."))
    return minor


def _parted(digits: str, places: int) -> tuple[str, str]:
    """What stands before and after the decimal sign, however thousands are marked."""
    marks = [character for character in digits if character in ".,"]
    if not marks:
        return digits, ""
    last = marks[-1]
    whole, _sign, fraction = digits.rpartition(last)
    decimal = marks.count(last) == 1 and (len(set(marks)) == 2 or len(fraction) != 3)
    if marks.count(last) == 1 and len(set(marks)) == 1 and len(fraction) == 3 and places == 3:
        raise ValidationError(
            _("%(amount)s can be read in two ways: leave out the thousands mark.", amount=digits)
        )
    if not decimal:
        whole, fraction = digits, ""
    return whole.replace(".", "").replace(",", ""), fraction


def currency_choices(today: dt.date) -> list[tuple[str, str]]:
    """The codes of the currencies that some country pays in today, after an empty one."""
    return [("", "…"), *((code, code) for code in _currencies(today))]


@lru_cache(maxsize=1)
def _currencies(today: dt.date) -> tuple[str, ...]:
    codes = {
        code
        for territory in get_global("territory_currencies")
        for code in get_territory_currencies(territory, start_date=today, end_date=today)
    }
    return (*_FIRST, *sorted(codes - set(_FIRST)))
