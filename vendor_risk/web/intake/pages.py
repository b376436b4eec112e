"""The way through a request: its pages in order, which are answered, and what they add up to."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, cast

from flask import url_for
from flask_babel import gettext as _
from sqlmodel import Session, col, select
from werkzeug.datastructures import MultiDict
from wtforms import FieldList

from vendor_risk.evidence import N_, HostClass
from vendor_risk.store.models.intake import Intake
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import ContactRole, Engagement, Vendor
from vendor_risk.web.intake import forms
from vendor_risk.web.intake.amounts import currency_choices
from vendor_risk.web.intake.forms import NEW, Page, choices
from vendor_risk.workflow import drafts, duplicates
from vendor_risk.workflow.domains import read_host
from vendor_risk.workflow.drafts import MATCH, Typed
from vendor_risk.workflow.duplicates import Likeness
from vendor_risk.workflow.engagements import Terms
from vendor_risk.workflow.intake import NewContact, Submission
from vendor_risk.workflow.intake_facts import Reading, ShortWay, read, short_way
from vendor_risk.workflow.model_in_use import in_use

CHECK = "check"


@dataclass(frozen=True, slots=True)
class Kind:
    """A page of the request; a page whose `step` is another's shares the number of that one."""

    form: type[Page]
    title: str
    step: str


PAGES = {
    "vendor": Kind(forms.VendorPage, N_("The vendor"), "vendor"),
    "match": Kind(forms.MatchPage, N_("A vendor that we have?"), "vendor"),
    "purchase": Kind(forms.PurchasePage, N_("What we buy"), "purchase"),
    "quick": Kind(forms.QuickPage, N_("The short way"), "purchase"),
    "sensitivity": Kind(forms.SensitivityPage, N_("Data sensitivity"), "sensitivity"),
    "kinds": Kind(forms.KindsPage, N_("Kinds of data"), "sensitivity"),
    "volume": Kind(forms.VolumePage, N_("Data volume"), "volume"),
    "access": Kind(forms.AccessPage, N_("Access"), "access"),
    "script": Kind(forms.ScriptPage, N_("Code where customers pay"), "access"),
    "criticality": Kind(forms.CriticalityPage, N_("Criticality"), "criticality"),
    "payment": Kind(forms.PaymentPage, N_("Payment role"), "payment"),
    "part": Kind(forms.PartPage, N_("Part in the payment"), "payment"),
    "ownership": Kind(forms.OwnershipPage, N_("Owner and cost"), "ownership"),
    "people": Kind(forms.PeoplePage, N_("Contacts and domains"), "people"),
}
# The page on which each factor is chosen.
_CHOSEN_ON = {
    kind.form.factor: page for page, kind in PAGES.items() if issubclass(kind.form, forms.LevelPage)
}

_HINTS = {
    "sensitivity": N_("Choose the highest that applies, also when it happens seldom."),
    "volume": N_("Count everybody whose data the vendor sees or keeps, over the years."),
    "access": N_(
        "Choose the highest that applies. If nobody can say whether a log-in is separated from our "
        "internal systems, it is not."
    ),
    "criticality": N_("Think of the busiest week of the year."),
    "payment": N_("Choose the highest that applies."),
}

# Far above what any field takes: beyond it is no typing, and would only fill the database.
_MOST_CHARACTERS = 20_000
_MOST_VALUES = 20
_MOST_FIELDS = 120
# A row of a list: its number, and the field in it.
_ROW = re.compile(r"([0-9]{1,4})-[a-z_]+")


def typed_of(page: str, posted: MultiDict[str, str]) -> Typed:
    """What a form sent for a page, right or wrong, without what is not of the page."""
    return {
        name: [value[:_MOST_CHARACTERS].replace("\0", "") for value in values[:_MOST_VALUES]]
        for name, values in list(posted.lists())[:_MOST_FIELDS]
        if belongs(page, name)
    }


def belongs(page: str, name: str) -> bool:
    """Whether a page has a field of that name, or a list with rows of which one may."""
    fields = _fields(page)
    field, *row = name.split("-", 1)
    if not fields.get(field, False):
        return not row and field in fields
    return bool(row and _ROW.fullmatch(row[0]))


@cache
def _fields(page: str) -> Mapping[str, bool]:
    """The names of a page's fields, and which are lists of rows."""
    fields = PAGES[page].form()._fields
    return {name: isinstance(field, FieldList) for name, field in fields.items()}


class Way:
    """One request with its pages as they stand now."""

    def __init__(self, session: Session, intake: Intake, today: dt.date) -> None:
        self.session = session
        self.intake = intake
        self.today = today
        self._checked: dict[str, Page] = {}

    def form(self, page: str, typed: Typed | None = None) -> Any:
        """The form of a page with what was typed into it, not yet judged."""
        if typed is None:
            typed = drafts.typed(self.intake, page)
        pairs = [(name, value) for name, values in (typed or {}).items() for value in values]
        form = PAGES[page].form(formdata=MultiDict(pairs) if typed is not None else None)
        if isinstance(form, forms.MatchPage):
            offered = [(str(vendor.id), vendor.name) for vendor in self.offered]
            none = (NEW, _("None of these: it is a new vendor"))
            form.choice.choices = choices([*offered, none])
            form.number_of = self._number_of
        if isinstance(form, forms.OwnershipPage):
            form.owner.choices = choices([("", _("Choose a person")), *self._people])
            form.currency.choices = choices(currency_choices(self.today))
            if typed is None:
                form.owner.data = str(self.intake.requester_id)
        if isinstance(form, forms.PeoplePage):
            form.main_host = self.main_host
        return form

    def checked(self, page: str) -> Any:
        """The form of a page, judged; with its errors where nobody has been there too."""
        if page not in self._checked:
            form = self.form(page, drafts.typed(self.intake, page) or {})
            form.validate()
            self._checked[page] = form
        return self._checked[page]

    def done(self, page: str) -> bool:
        """Whether the page is answered, and rightly."""
        if drafts.typed(self.intake, page) is None:
            return False  # where all is optional, it should at least have been seen
        return not self.checked(page).errors

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The pages that this request has, in order; some depend on earlier answers."""
        keys = ["vendor", "match", "purchase", "quick"]
        if self.short.facts is None:
            keys += ["sensitivity", "kinds", "volume", "access", "script"]
            keys += ["criticality", "payment", "part"]
        keys += ["ownership", "people"]
        needless = {
            "match": not drafts.offered(self.intake),
            "kinds": not forms.is_top(self.checked("sensitivity")),
            "volume": self.checked("sensitivity").level.data == 0,
            "script": not forms.is_top(self.checked("access")),
            "part": not forms.is_top(self.checked("payment")),
        }
        return tuple(key for key in keys if not needless.get(key))

    @cached_property
    def short(self) -> ShortWay:
        """Whether the short way is open, by what was confirmed."""
        quick = self.checked("quick")
        if drafts.typed(self.intake, "quick") is None or quick.errors:
            return short_way((), None, in_use(self.session))
        return short_way(quick.confirmed.data or (), quick.volume.data, in_use(self.session))

    @property
    def first_open(self) -> str | None:
        """The first page that is not answered yet; None when all are."""
        return next((key for key in self.keys if not self.done(key)), None)

    def reachable(self, page: str) -> bool:
        """Whether all pages before it are answered."""
        if self.first_open is None:
            return page in self.keys
        return page in self.keys[: self.keys.index(self.first_open) + 1]

    def before(self, page: str) -> str | None:
        """The page before this one."""
        at = self.keys.index(page)
        return self.keys[at - 1] if at else None

    def after(self, page: str, *, straight_back: bool) -> str:
        """Where Continue leads: on, or from a changed answer straight back to the check."""
        if straight_back:
            return self.first_open or CHECK
        if page not in self.keys:
            return self.first_open or CHECK
        at = self.keys.index(page)
        return self.keys[at + 1] if at + 1 < len(self.keys) else CHECK

    @property
    def steps(self) -> list[str]:
        """The pages that bear a number."""
        return [*(key for key in self.keys if PAGES[key].step == key), CHECK]

    def number(self, page: str) -> int:
        """The number of a page, counted from 1."""
        return self.steps.index(PAGES[page].step if page in PAGES else page) + 1

    def rail(self, page: str) -> list[dict[str, Any]]:
        """The numbered pages with their state, for beside the form."""
        here = PAGES[page].step if page in PAGES else page
        return [self._rail_item(step, here) for step in self.steps]

    def _rail_item(self, step: str, here: str) -> dict[str, Any]:
        if step == CHECK:
            open_page = self.first_open
            url = None if open_page else url_for("intake.check", intake_id=self.intake.id)
            state = "current" if here == CHECK else "todo"
            return {"label": _("Check and send"), "url": url, "state": state}
        parts = [key for key in self.keys if PAGES[key].step == step]
        done = all(self.done(key) for key in parts)
        reachable = self.reachable(step)
        return {
            "label": _(PAGES[step].title),
            "url": self.url(step) if reachable and step != here else None,
            "state": "current" if step == here else "done" if done and reachable else "todo",
        }

    def url(self, page: str, **query: Any) -> str:
        """The address of a page."""
        if page == CHECK:
            return url_for("intake.check", intake_id=self.intake.id)
        return url_for("intake.page", intake_id=self.intake.id, page=page, **query)

    def title(self, page: str) -> str:
        """The title of a page."""
        return str(_(PAGES[page].title))

    def hint(self, page: str) -> str:
        """What helps to choose a level."""
        return str(_(_HINTS[page])) if page in _HINTS else ""

    @property
    def unconfirmed(self) -> list[str]:
        """What keeps the short way closed, when some of it was confirmed and some not."""
        confirmed = self.checked("quick").confirmed.data
        return [_(one.text) for one in self.short.unconfirmed] if confirmed else []

    @cached_property
    def offered(self) -> Sequence[Vendor]:
        """The vendors that may be the one that is meant, in the order of their likeness."""
        ids = drafts.offered(self.intake)
        found = {
            vendor.id: vendor
            for vendor in self.session.exec(select(Vendor).where(col(Vendor.id).in_(ids)))
        }
        return [found[one] for one in ids if one in found]

    def alike(self) -> list[Likeness]:
        """Vendors in the inventory that may be the one described, the likeliest first."""
        vendor = self.checked("vendor")
        return duplicates.find(
            self.session,
            name=vendor.name.data,
            supplier_number=vendor.supplier_number.data,
            hosts=[self.main_host] if self.main_host else [],
        )

    @cached_property
    def joined(self) -> Vendor | None:
        """The vendor that is meant; None for a new one, or while nobody has said."""
        choice = (drafts.typed(self.intake, MATCH) or {}).get("choice", [""])[0]
        return next((vendor for vendor in self.offered if str(vendor.id) == choice), None)

    @cached_property
    def _people(self) -> list[tuple[str, str]]:
        people = self.session.exec(select(User).where(col(User.active).is_(True)))
        named = [(str(one.id), one.name or one.email) for one in people]
        return sorted(named, key=lambda one: one[1].casefold())

    @cached_property
    def _number_of(self) -> str:
        """The name of the vendor that has the supplier number of this request, or nothing."""
        number = self.checked("vendor").supplier_number.data
        return next((v.name for v in self.offered if number and v.supplier_number == number), "")

    @cached_property
    def main_host(self) -> str:
        """The main domain as the DNS has it; empty when there is none, or it is wrong."""
        vendor = self.checked("vendor")
        return read_host(vendor.domain.data)[0] if vendor.domain.data and not vendor.errors else ""

    @property
    def entities(self) -> Sequence[str]:
        """Our companies that buy already, to choose from while typing."""
        name = col(Engagement.legal_entity)
        named = select(name).where(name != "").distinct().order_by(name).limit(_MOST_VALUES)
        return self.session.exec(named).all()

    def page_of(self, factor: str) -> str:
        """The page on which a factor is chosen."""
        return _CHOSEN_ON[factor]

    @cached_property
    def reading(self) -> Reading:
        """The facts that the answers make; only for a request that is answered whole."""
        if self.short.facts is not None:
            return Reading(self.short.facts, ())
        levels = {
            factor: self.checked(page).level.data if page in self.keys else 0
            for factor, page in _CHOSEN_ON.items()
        }
        floors = forms.floors_told(
            self.checked("kinds").kinds.data if "kinds" in self.keys else (),
            self.checked("part").part.data if "part" in self.keys else (),
            self.checked("script").script.data if "script" in self.keys else None,
        )
        return read(levels, floors)

    def submission(self) -> Submission:
        """What is sent; only for a request that is answered whole."""
        vendor, purchase = self.checked("vendor"), self.checked("purchase")
        owner, people = self.checked("ownership"), cast(Any, self.checked("people"))
        return Submission(
            vendor_name=vendor.name.data,
            domain=vendor.domain.data,
            supplier_number=vendor.supplier_number.data,
            join=self.joined.id if self.joined else None,
            terms=Terms(
                name=purchase.name.data,
                purpose=purchase.purpose.data,
                owner_id=uuid.UUID(owner.owner.data),
                legal_entity=owner.legal_entity.data,
                spend_minor=owner.spend_minor,
                currency=owner.currency.data or None,
                purchase_order=owner.purchase_order.data,
            ),
            reading=self.reading,
            fast_lane=self.short.facts is not None,
            contacts=tuple(
                NewContact(
                    row.name.data,
                    row.email.data,
                    row.phone.data,
                    tuple(ContactRole(role) for role in row.roles.data),
                )
                for row in people.named_contacts
            ),
            domains=tuple(
                (row.domain.data, HostClass(row.host_class.data)) for row in people.named_domains
            ),
        )
