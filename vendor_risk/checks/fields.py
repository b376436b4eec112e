"""Fields of forms: which ask for a payment card, which for a password."""

import re
from dataclasses import dataclass
from functools import lru_cache

NAME_LIMIT = 100

# autofill names of the HTML standard, section 4.10.18.7.1: all that begin so are of a card
_AUTOFILL = re.compile(r"(?:^|\s)cc-[a-z-]+(?=\s|$)")
_PARTS = re.compile(r"[a-z]+[0-9]?|[0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ALONE = frozenset(
    {
        *("cvc", "cvv", "cvc2", "cvv2", "cardnumber", "cardno", "cardnum", "ccnumber", "ccnum"),
        *("ccno", "cccvc", "cccvv", "ccexp", "cccid", "creditcardnumber", "creditcardno"),
        *("debitcardnumber", "cardcvc", "cardcvv", "cardcvc2", "cardcvv2", "cardexp"),
        *("cardexpiry", "cardexpiration", "cardholder", "kartennummer", "kreditkartennummer"),
        *("numerocarte", "numerotarjeta", "numerocarta", "numerokarty", "kortnummer"),
        *("kaartnummer", "numerocartao", "cislokarty", "numerkarty", "ccmonth", "ccyear"),
        *("cardsecuritycode", "ccexpiry"),
    }
)
_CARDS = frozenset({"card", "cc", "creditcard", "debitcard", "carte", "tarjeta", "carta", "karte"})
_OF_CARDS = frozenset(
    {
        *("number", "num", "no", "nr", "pan", "cvc", "cvv", "cid", "csc", "exp", "expiry"),
        *("expiration", "expires", "holder", "nummer", "numero", "verification", "security"),
        *("expdate", "expmonth", "expyear"),
    }
)
# other cards: their numbers pay nothing
_OTHER_CARDS = frozenset(
    {
        *("gift", "giftcard", "loyalty", "bonus", "member", "membership", "club", "library"),
        *("insurance", "health", "voucher", "id", "identity", "business", "report", "customer"),
        *("kunden", "punkte", "sim", "store", "staff", "student", "reward", "rewards", "e"),
    }
)
# each means something else as well: two of them in one form are a card
_WEAK = frozenset(
    {"pan", "expiry", "expmonth", "expyear", "expdate", "expirymonth", "expiryyear", "csc"}
    | {"securitycode", "expirationdate", "expirationmonth", "expirationyear", "expirydate"}
)


@dataclass(frozen=True, slots=True)
class Field:
    """An input, select or textarea; the texts as they are written, cut to a length."""

    name: str
    id: str = ""
    autocomplete: str = ""
    type: str = "text"


def is_log_in(fields: tuple[Field, ...]) -> bool:
    """Whether one of the fields takes a password."""
    return any(field.type == "password" and not _of_card(field) for field in fields)


def is_card(fields: tuple[Field, ...]) -> bool:
    """Whether the fields of one form ask for a payment card."""
    weak = set()
    for field in fields:
        if field.type in ("checkbox", "radio", "hidden", "search", "email", "file"):
            continue
        if _of_card(field):
            return True
        weak |= {joined(each) for each in (field.name, field.id)} & _WEAK
    return len(weak) > 1


def _of_card(field: Field) -> bool:
    if _AUTOFILL.search(field.autocomplete.lower()):
        return True
    return _names_card(field.name) or _names_card(field.id)


def joined(name: str) -> str:
    """The last part of a name in lower case without what parts its words."""
    return "".join(_words(name))


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(_PARTS.findall(_HUMP.sub(" ", name[:NAME_LIMIT]).lower()))


@lru_cache(maxsize=4096)
def _names_card(name: str) -> bool:
    words = _words(name)
    if _OTHER_CARDS & set(words):
        return False
    for number, word in enumerate(words):
        rest = words[number + 1 : number + 3]
        if word in _ALONE or word + "".join(rest[:1]) in _ALONE:
            return True
        if word in _CARDS and any(each in _OF_CARDS for each in rest):
            return True
    return False
