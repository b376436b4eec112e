"""The vendor that an address names, wherever it was joined to, and what belongs to it."""

import uuid
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _

from vendor_risk.doors import READING
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.vendors import Contact, Domain, Engagement, Vendor
from vendor_risk.web.frame import notice
from vendor_risk.web.session import session
from vendor_risk.workflow import merges

MOST_ACTS = 2**63  # the numbers of the audit log are less

Belonging = TypeVar("Belonging", Contact, Domain, Engagement, Access, Document, Contract)


def vendor_of(vendor_id: uuid.UUID, argument: str = "vendor_id") -> Vendor:
    """The vendor, or the end of this request: 404 for none, onward to the one it was joined to.

    `argument` is the part of the address that names the vendor.
    """
    vendor = session.get(Vendor, vendor_id)
    if vendor is None:
        abort(404)
    kept = merges.standing(session, vendor)
    if kept.id == vendor.id:
        return vendor
    if request.method in READING and request.endpoint:
        parts: dict[str, Any] = dict(request.view_args or {})
        parts.pop(argument, None)
        if kept.id in parts.values():  # the page is about two vendors that are one
            abort(redirect(url_for("vendors.show", vendor_id=kept.id)))
        path = url_for(request.endpoint, **(parts | {argument: kept.id}))
        query = urlencode(request.args.to_dict(flat=False), doseq=True)
        abort(redirect(f"{path}?{query}" if query else path))
    notice(
        _("%(name)s was joined to this vendor since; nothing was changed.", name=vendor.name),
        kind="warning",
    )
    return abort(redirect(url_for("vendors.show", vendor_id=kept.id)))


def belonging(model: type[Belonging], row_id: uuid.UUID, vendor: Vendor) -> Belonging:
    """The row, when it is the vendor's; else 404."""
    row = session.get(model, row_id)
    if row is None or row.vendor_id != vendor.id:
        abort(404)
    return row
