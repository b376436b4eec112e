"""What stands at the top of every page of a vendor: who it is, its tabs, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlmodel import col, func, select

from vendor_risk.doors import may
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.responses import IN_FLIGHT, QuestionnaireResponse
from vendor_risk.store.models.vendors import Contact, Domain, Engagement, Vendor
from vendor_risk.store.queries import vendors as listed
from vendor_risk.store.queries.scripts import seen_of
from vendor_risk.web.session import session
from vendor_risk.web.vendors.words import KINSHIPS, STATES
from vendor_risk.workflow import families
from vendor_risk.workflow.access import entries_of
from vendor_risk.workflow.domains import domains_of
from vendor_risk.workflow.engagements import engagements_of, level_of
from vendor_risk.workflow.facts import facts_of
from vendor_risk.workflow.scans import open_scan
from vendor_risk.workflow.vendors import tags_of

_TABS = (
    ("vendors.show", "Overview"),
    ("vendors.worst_score", "Score"),
    ("vendors.engagements", "Engagements"),
    ("vendors.decision", "Decision"),
    ("vendors.questionnaires", "Questionnaires"),
    ("vendors.checks", "External checks"),
    ("vendors.domains", "Domains"),
    ("vendors.access", "Access"),
    ("vendors.documents", "Documents"),
    ("vendors.contacts", "Contacts"),
    ("vendors.notes", "Notes"),
    ("vendors.history", "History"),
)

# Pages without a tab of their own, and the tab that they belong to.
_WITHIN = {"vendors.moves": "vendors.history"} | {
    f"vendors.{name}": "vendors.worst_score"
    for name in (
        "score_page",
        "old_score",
        "accept_not_applicable",
        "contradicted",
        "credible",
    )
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that brings the vendor further; `post` when its button writes."""

    what: str
    why: str
    button: str
    url: str
    icon: str
    post: bool = False


def head_of(vendor: Vendor) -> dict[str, Any]:
    """What the template vendors/_frame.html reads."""
    parent = session.get(Vendor, vendor.parent_id) if vendor.parent_id else None
    hosts = domains_of(session, vendor.id)
    bought = engagements_of(session, vendor.id)
    return {
        "vendor": vendor,
        "look": STATES[vendor.state],
        "owner": listed.name_of(session, vendor.owner_id),
        "parent": parent,
        "kinship": _(KINSHIPS[vendor.kinship]) if parent and vendor.kinship else "",
        "children": families.children_of(session, vendor),
        "hosts": hosts,
        "bought": bought,
        "overridden": any(
            one.tier_override is not None and one.tier == vendor.tier
            for one in bought
            if one.ended_at is None
        ),
        "tags": tags_of(session, vendor.id),
        "seen": None if vendor.ours else seen_of(session, [vendor.id]).get(vendor.id),
        **ways_in(vendor),
        "tabs": _tabs(vendor, len(hosts), sum(one.ended_at is None for one in bought)),
        "steps": next_steps(vendor, hosts, bought),
        "may_write": may("vendors.edit"),
    }


def told_tabs(vendor: Vendor) -> list[dict[str, Any]]:
    """The two halves of the tab “History”: what people did, and what moved by itself."""
    return [
        {
            "label": label,
            "url": url_for(endpoint, vendor_id=vendor.id),
            "current": request.endpoint == endpoint,
        }
        for endpoint, label in (
            ("vendors.history", _("What people did")),
            ("vendors.moves", _("What moved")),
        )
        if may(endpoint, "GET")
    ]


def ways_in(vendor: Vendor) -> dict[str, Any]:
    """What the register holds of the vendor, and the level of access that this gives."""
    if vendor.ours:
        return {"ways_in": [], "ways_level": 0}
    rows = [row for row in entries_of(session, vendor.id) if row.ended_at is None]
    rows.sort(key=level_of, reverse=True)
    return {"ways_in": rows, "ways_level": max(map(level_of, rows), default=0)}


def next_steps(vendor: Vendor, hosts: Sequence[Domain], bought: Sequence[Engagement]) -> list[Step]:
    """What is missing, the most useful first; only what this person may do."""
    if vendor.archived_at is not None:
        return []
    standing = [one for one in bought if one.ended_at is None]
    steps: list[Step] = []
    if not hosts and may("vendors.add_domain"):
        steps.append(
            Step(
                _("Add a domain"),
                _("Without one nobody can look at the vendor from outside."),
                _("Add domain"),
                url_for("vendors.domains", vendor_id=vendor.id),
                "world",
            )
        )
    if not standing and not vendor.ours and may("vendors.add_engagement"):
        steps.append(
            Step(
                _("Say what is bought"),
                _("Five questions about it give inherent risk and tier."),
                _("Add engagement"),
                url_for("vendors.add_engagement", vendor_id=vendor.id),
                "file-text",
            )
        )
    for one in () if vendor.ours else standing:
        if facts_of(one) is None and may("vendors.edit_engagement"):
            steps.append(
                Step(
                    _("Answer the five questions: %(name)s", name=one.name),
                    _("Until then it has no tier, and counts neither as low nor as high."),
                    _("Answer"),
                    url_for("vendors.edit_engagement", vendor_id=vendor.id, engagement_id=one.id),
                    "list-check",
                )
            )
        elif one.facts_source == "triage" and may("vendors.edit_engagement"):
            steps.append(
                Step(
                    _("Go beyond the quick triage: %(name)s", name=one.name),
                    _("Its three answers are taken at their worst; five say what is true."),
                    _("Answer"),
                    url_for("vendors.edit_engagement", vendor_id=vendor.id, engagement_id=one.id),
                    "list-check",
                )
            )
    if vendor.owner_id is None and may("vendors.edit"):
        steps.append(
            Step(
                _("Name an owner"),
                _("Somebody of ours who answers for this vendor."),
                _("Set owner"),
                url_for("vendors.edit", vendor_id=vendor.id),
                "user",
            )
        )
    waiting = open_scan(session, vendor.id) is not None
    scannable = hosts and not vendor.sample and not waiting
    if scannable and vendor.last_scan_at is None and may("scans.start"):
        steps.append(
            Step(
                _("Look at it from outside"),
                _("A passive scan of its domains takes about a minute."),
                _("Scan now"),
                url_for("scans.start", vendor_id=vendor.id),
                "radar",
                post=True,
            )
        )
    return steps


def _tabs(vendor: Vendor, hosts: int, bought: int) -> list[dict[str, Any]]:
    people = session.exec(
        select(func.count()).select_from(Contact).where(Contact.vendor_id == vendor.id)
    ).one()
    ways = session.exec(
        select(func.count())
        .select_from(Access)
        .where(Access.vendor_id == vendor.id, col(Access.ended_at).is_(None))
    ).one()
    on_their_way = session.exec(
        select(func.count())
        .select_from(QuestionnaireResponse)
        .where(
            QuestionnaireResponse.vendor_id == vendor.id,
            col(QuestionnaireResponse.state).in_(IN_FLIGHT),
        )
    ).one()
    counts = {
        "vendors.questionnaires": on_their_way,
        "vendors.engagements": bought,
        "vendors.domains": hosts,
        "vendors.contacts": people,
        "vendors.access": ways,
    }
    return [
        {
            "label": _(label),
            "url": url_for(endpoint, vendor_id=vendor.id),
            "count": counts.get(endpoint, 0),
            "current": _WITHIN.get(request.endpoint or "", request.endpoint) == endpoint,
        }
        for endpoint, label in _TABS
        if may(endpoint, "GET")
    ]
