"""What a line of an import says: which column is what, and what each cell has to be."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from babel.numbers import get_currency_precision

from vendor_risk.evidence import N_
from vendor_risk.refusals import Refused, Word
from vendor_risk.store.models.vendors import ContactRole, VendorState
from vendor_risk.workflow.contacts import checked_email, checked_person, checked_phone
from vendor_risk.workflow.csv_file import Line
from vendor_risk.workflow.domains import MOST, read_host
from vendor_risk.workflow.engagements import MOST_MINOR, currencies
from vendor_risk.workflow.people import normal_email
from vendor_risk.workflow.vendors import (
    MOST_TAGS,
    STATES,
    UNDECIDED,
    VendorRefused,
    checked_name,
    checked_tag,
    clean,
)

_SEVERAL = re.compile(r"[,;|\s]+")  # between domains and roles, which have no blanks
_TAGS = re.compile(r"[,;|]+")
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A thing that a column can hold; `headers` are names by which it is recognised."""

    key: str
    label: str
    hint: str
    headers: frozenset[str]


def _column(key: str, label: str, hint: str, headers: str) -> Column:
    return Column(key, label, hint, frozenset(headers.split("|")) | {_plain(label), _plain(key)})


def _plain(text: str) -> str:
    return _NOT_LETTERS.sub(" ", text.casefold()).strip()


COLUMNS: tuple[Column, ...] = (
    _column(
        "name",
        N_("Name"),
        N_("The vendor's name; the only column that must be there"),
        "vendor|vendor name|supplier|supplier name|company|company name|lieferant|firma|name1"
        "|name 1",
    ),
    _column(
        "supplier_number",
        N_("Supplier number"),
        N_("The number in your purchasing system; vendors are updated by it"),
        "supplier no|supplier id|vendor number|vendor no|vendor id|creditor|creditor number"
        "|kreditor|lieferantennummer|lieferant nr|number",
    ),
    _column(
        "domains",
        N_("Domains"),
        N_("One or several, with a comma or a blank between; the first is the main one"),
        "domain|website|web|url|homepage|host|hosts|host name|internet",
    ),
    _column(
        "tags",
        N_("Tags"),
        N_("Words to group by, with commas between"),
        "tag|category|categories|labels|label|group|warengruppe",
    ),
    _column(
        "owner",
        N_("Owner's e-mail"),
        N_("Somebody who has an account here"),
        "owner|owner email|owner e mail|business owner|responsible|verantwortlich",
    ),
    _column(
        "state",
        N_("State"),
        N_(
            "prospect or assessing. Approved, conditional, rejected and offboarding are left out: "
            "they follow from decisions made here"
        ),
        "status|vendor state|vendor status",
    ),
    _column(
        "engagement",
        N_("What is bought"),
        N_("The name of the engagement"),
        "engagement|service|product|purchase|leistung",
    ),
    _column(
        "legal_entity",
        N_("Our legal entity"),
        N_("The company of ours that buys"),
        "legal entity|entity|our company|company code|buchungskreis",
    ),
    _column(
        "spend",
        N_("Spend a year"),
        N_("An amount such as 12,500.00 or 12.500,00"),
        "annual spend|spend|amount|volume|umsatz|spend eur",
    ),
    _column("currency", N_("Currency"), N_("Three letters, such as EUR"), "waehrung|wahrung|curr"),
    _column(
        "contact_name",
        N_("Contact's name"),
        N_("A person at the vendor"),
        "contact|contact person|ansprechpartner|contact name",
    ),
    _column(
        "contact_email",
        N_("Contact's e-mail"),
        "",
        "contact email|contact e mail|email|e mail|mail|contact mail",
    ),
    _column("contact_phone", N_("Contact's phone"), "", "contact phone|phone|telephone|telefon"),
    _column(
        "contact_roles",
        N_("Contact's roles"),
        N_("security, privacy, commercial"),
        "contact role|contact roles|role|roles",
    ),
)
_BY_KEY = {column.key: column for column in COLUMNS}

# What people call the states on screen, beside the words themselves.
_STATES: Mapping[str, VendorState] = {str(state): state for state in STATES} | {
    "approved with conditions": VendorState.CONDITIONAL,
    "conditionally approved": VendorState.CONDITIONAL,
    "active": VendorState.APPROVED,
    "in assessment": VendorState.ASSESSING,
    "leaving": VendorState.OFFBOARDING,
}


@dataclass(slots=True)
class Entry:
    """What one line asks for; `errors` in the order of the columns."""

    line: Line
    name: str = ""
    supplier_number: str | None = None
    hosts: list[tuple[str, str, str]] = field(default_factory=list)  # host, as read, registrable
    tags: list[str] = field(default_factory=list)
    owner_id: uuid.UUID | None = None
    state: VendorState | None = None
    engagement: str = ""
    legal_entity: str = ""
    spend_minor: int | None = None
    currency: str | None = None
    contact_name: str = ""
    contact_email: str | None = None
    contact_phone: str | None = None
    contact_roles: list[ContactRole] = field(default_factory=list)
    errors: list[Refused] = field(default_factory=list)

    @property
    def buys(self) -> bool:
        """Whether the line says anything of an engagement."""
        return bool(self.engagement or self.legal_entity or self.spend_minor is not None)


def guess(header: Sequence[str]) -> dict[str, str]:
    """For each column's place the key that its name suggests; each key at most once."""
    mapping: dict[str, str] = {}
    for place, name in enumerate(header):
        plain = _plain(name)
        found = next((column.key for column in COLUMNS if plain in column.headers), None)
        if found and found not in mapping.values():
            mapping[str(place)] = found
    return mapping


def checked_mapping(mapping: Mapping[str, str], width: int) -> dict[str, str]:
    """The mapping as it is kept; VendorRefused when a key stands twice or the name is missing."""
    kept: dict[str, str] = {}
    places = {str(place) for place in range(width)}
    for place, key in mapping.items():
        if key not in _BY_KEY or place not in places:
            continue
        if key in kept.values():
            raise VendorRefused(
                "Two columns are “%(label)s”: keep one of them.",
                place,
                label=Word(_BY_KEY[key].label),
            )
        kept[place] = key
    if "name" not in kept.values():
        raise VendorRefused("Say which column has the vendor's name.")
    return kept


def read_line(line: Line, mapping: Mapping[str, str], owners: Mapping[str, uuid.UUID]) -> Entry:
    """What a line says; what cannot be is among the errors, one sentence for each."""
    cells = {key: clean(line.cells[int(place)]) for place, key in mapping.items()}
    entry = Entry(line)
    if line.surplus:
        entry.errors.append(
            Refused(
                "There are %(count)s cells more than columns: look for a separator within a cell.",
                count=line.surplus,
            )
        )
    for column in COLUMNS:
        if column.key not in cells or not (cells[column.key] or column.key == "name"):
            continue
        try:
            _READERS[column.key](entry, cells[column.key], owners)
        except VendorRefused as error:
            entry.errors.append(
                Refused("%(column)s: %(why)s", column=Word(column.label), why=error)
            )
    _together(entry, cells)
    return entry


Reader = Callable[[Entry, str, Mapping[str, uuid.UUID]], None]


def _name(entry: Entry, cell: str, _: object) -> None:
    entry.name = checked_name(cell)


def _number(entry: Entry, cell: str, _: object) -> None:
    if len(cell) > 64:
        raise VendorRefused("At most 64 characters.")
    entry.supplier_number = cell


def _domains(entry: Entry, cell: str, _: object) -> None:
    hosts: dict[tuple[str, str, str], None] = {}
    for text in dict.fromkeys(filter(None, _SEVERAL.split(cell))):
        hosts[read_host(_bare(text))] = None
        if len(hosts) > MOST:
            raise VendorRefused("A vendor has at most %(most)s domains.", most=MOST)
    entry.hosts.extend(hosts)


def _bare(text: str) -> str:
    """Lists of suppliers hold web addresses where a domain is asked for."""
    return text.partition("://")[2].partition("/")[0] if "://" in text else text.rstrip("/")


def _tags(entry: Entry, cell: str, _: object) -> None:
    tags = {tag for tag in map(checked_tag, dict.fromkeys(_TAGS.split(cell))) if tag}
    if len(tags) > MOST_TAGS:
        raise VendorRefused("A vendor bears at most %(most)s tags.", most=MOST_TAGS)
    entry.tags = sorted(tags)


def _owner(entry: Entry, cell: str, owners: Mapping[str, uuid.UUID]) -> None:
    owner_id = owners.get(normal_email(cell))
    if owner_id is None:
        raise VendorRefused("%(cell)s has no account here.", cell=cell[:80])
    entry.owner_id = owner_id


def _state(entry: Entry, cell: str, _: object) -> None:
    state = _STATES.get(cell.casefold())
    if state is None:
        raise VendorRefused(
            "“%(cell)s” is none of %(known)s.", cell=cell[:40], known=tuple(map(str, STATES))
        )
    if state in UNDECIDED:  # the others follow from decisions made here, not from a file
        entry.state = state


def _engagement(entry: Entry, cell: str, _: object) -> None:
    entry.engagement = _at_most(cell, 200)


def _entity(entry: Entry, cell: str, _: object) -> None:
    entry.legal_entity = _at_most(cell, 200)


def _at_most(cell: str, most: int) -> str:
    if len(cell) > most:
        raise VendorRefused("At most %(most)s characters.", most=most)
    return cell


def _currency(entry: Entry, cell: str, _: object) -> None:
    code = cell.upper()
    if code not in currencies():
        raise VendorRefused(
            "“%(cell)s” is no currency; write three letters, such as EUR.", cell=cell[:20]
        )
    entry.currency = code


def _contact_name(entry: Entry, cell: str, _: object) -> None:
    entry.contact_name = checked_person(cell)


def _contact_email(entry: Entry, cell: str, _: object) -> None:
    entry.contact_email = checked_email(cell)


def _contact_phone(entry: Entry, cell: str, _: object) -> None:
    entry.contact_phone = checked_phone(cell)


def _contact_roles(entry: Entry, cell: str, _: object) -> None:
    for word in dict.fromkeys(filter(None, _SEVERAL.split(cell.casefold()))):
        if word not in set(ContactRole):
            raise VendorRefused(
                "“%(cell)s” is none of %(known)s.",
                cell=word[:40],
                known=tuple(map(str, ContactRole)),
            )
        entry.contact_roles.append(ContactRole(word))


_READERS: Mapping[str, Reader] = {
    "name": _name,
    "supplier_number": _number,
    "domains": _domains,
    "tags": _tags,
    "owner": _owner,
    "state": _state,
    "engagement": _engagement,
    "legal_entity": _entity,
    "spend": lambda entry, cell, owners: None,  # needs its currency: see _together
    "currency": _currency,
    "contact_name": _contact_name,
    "contact_email": _contact_email,
    "contact_phone": _contact_phone,
    "contact_roles": _contact_roles,
}


def _together(entry: Entry, cells: Mapping[str, str]) -> None:
    """What only two cells together can say."""
    if spend := cells.get("spend"):
        if entry.currency is None:
            if not cells.get("currency"):
                entry.errors.append(Refused("Spend a year: give the currency too."))
        else:
            try:
                entry.spend_minor = minor_units(spend, entry.currency)
            except VendorRefused as error:
                entry.errors.append(
                    Refused("%(column)s: %(why)s", column=Word("Spend a year"), why=error)
                )
    else:
        entry.currency = None
    says_contact = entry.contact_email or entry.contact_phone or entry.contact_roles
    if says_contact and not cells.get("contact_name"):
        entry.contact_name = (entry.contact_email or "").partition("@")[0]
        if not entry.contact_name:
            entry.errors.append(Refused("Contact's name: give the name of the contact too."))


def minor_units(text: str, currency: str) -> int:
    """An amount as whole minor units, however thousands and decimals are marked.

    One mark before three digits at the end (1.234) marks thousands: money has no three decimals
    in the currencies that people write so.
    """
    digits = re.sub(r"[\s'’_]|[A-Za-z]{3}$|^[A-Za-z]{3}|[€$£¥]", "", text)  # noqa: RUF001
    mark = max(digits.rfind(","), digits.rfind("."))
    if mark >= 0:
        both = "," in digits and "." in digits
        thousands = not both and (digits.count(digits[mark]) > 1 or len(digits) - mark - 1 == 3)
        whole, part = (digits, "") if thousands else (digits[:mark], digits[mark + 1 :])
        digits = whole.replace(",", "").replace(".", "") + (f".{part}" if part else "")
    try:
        amount = Decimal(digits)
    except InvalidOperation as error:
        raise VendorRefused("“%(text)s” is no amount; write 12500.00.", text=text[:40]) from error
    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value() or not 0 <= minor <= MOST_MINOR:
        raise VendorRefused(
            "“%(text)s” is no amount of %(currency)s.", text=text[:40], currency=currency
        )
    return int(minor)
