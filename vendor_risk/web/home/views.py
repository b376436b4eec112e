"""The page of the portfolio."""

import datetime as dt
import json
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from vendor_risk.doors import may
from vendor_risk.evidence import Severity
from vendor_risk.scoring.model import Band, Grade, Tier
from vendor_risk.store import portfolio
from vendor_risk.store.models.findings import FindingState
from vendor_risk.store.queries import decisions
from vendor_risk.web.frame import due
from vendor_risk.web.home import area
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import links
from vendor_risk.web.vendors.score_history import what_moved
from vendor_risk.web.vendors.score_lines import knocked_fact
from vendor_risk.workflow import advisories, finding_requests
from vendor_risk.workflow.duties import answer_due
from vendor_risk.workflow.responses import undelivered
from vendor_risk.workflow.settings import appetite

# A queue longer than this is a list, and the list has its own page.
QUEUE = 8
RECENT = 6
MOVERS = 6
MOVED_DAYS = 30
_SEVERE = (Severity.HIGH, Severity.CRITICAL)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits for a person, with the button that begins it."""

    severity: str
    what: str
    why: str
    due: str
    url: str
    button: str
    late: bool = False


@area.get("/")
def index() -> str:
    """The inventory in figures, what needs attention, tiers against posture, the last scans."""
    limits = appetite(session)
    figures = portfolio.figures(session, now().date(), limits)
    if not figures.vendors:
        return render_template("home/empty.html", drafts=_drafts())
    return render_template(
        "home/index.html",
        figures=figures,
        tasks=_tasks(figures),
        limits=limits,
        risks=portfolio.by_tier_and_band(session),
        bands=tuple(Band),
        movers=_movers() if _judges() else [],
        findings_url=links.to("findings.index", severity="critical,high"),
        matrix=portfolio.by_tier_and_grade(session),
        tiers=tuple(Tier),
        grades=tuple(Grade),
        recent=portfolio.recent_scans(session, RECENT),
    )


def _tasks(figures: portfolio.Figures) -> list[Task]:
    judged = _knocked_out() + _unconfirmed() + _overdue() + _breached() if _judges() else []
    told = _answered() if may("findings.show", "GET") else []
    # whoever answered waits for us: something of it always has a place
    judged = _listed() + judged
    first = (_undelivered() + judged)[: QUEUE - 2 - len(told[:2])] + told
    found = (first + _troubled())[: QUEUE - 2] + _failed_scans()
    if figures.waiting and may("triage.answer"):
        found.append(
            Task(
                Severity.MEDIUM,
                ngettext(
                    "Triage: %(num)d vendor in use that nobody has judged",
                    "Triage: %(num)d vendors in use that nobody has judged",
                    figures.waiting,
                ),
                _("Three questions each; until then they have no tier."),
                "",
                url_for("triage.index"),
                _("Triage"),
            )
        )
    return (found + _drafts())[:QUEUE]


def _listed() -> list[Task]:
    """New entries of public lists that touch vendors of ours, as one line."""
    rows = advisories.waiting(session, 1) if may("moves.advisories", "GET") else ()
    if not rows:
        return []
    row, more = rows[0], advisories.how_many(session) - 1
    touches = ngettext(
        "%(num)d vendor of ours is touched.", "%(num)d vendors of ours are touched.", row.vendors
    )
    others = ngettext("%(num)d more entry.", "%(num)d more entries.", more) if more else ""
    return [
        Task(
            Severity.CRITICAL if row.ransomware else Severity.HIGH,
            _("New in a public list: %(title)s", title=row.title),
            f"{touches} {others}".strip(),
            "",
            url_for("moves.advisories"),
            _("Look"),
        )
    ]


def _answered() -> list[Task]:
    """What vendors say of findings; severe ones stand beside other urgent work, in their turn."""
    today = now().date()
    return [
        Task(
            Severity.of_rank(finding.severity),
            (
                _("Disputed: %(title)s", title=finding.reason or finding.title)
                if finding.state == FindingState.DISPUTED
                else _("Said to be fixed: %(title)s", title=finding.reason or finding.title)
            ),
            vendor.name + (f", {finding.asset}" if finding.asset else ""),
            due(day, today),
            links.finding(finding),
            _("Look"),
            late=day < today,
        )
        for finding, vendor in portfolio.answered_findings(session, 3)
        if (day := answer_due(finding)) is not None
    ]


def _judges() -> bool:
    """Whether this person may see what a vendor's score and decisions rest on."""
    return may("vendors.score_page", "GET")


def _undelivered() -> list[Task]:
    """Letters that did not get through, for whoever may send them again."""
    if not may("responses.came_back"):
        return _unread_letters()
    return [
        Task(
            Severity.HIGH,
            _("Mail failed: %(name)s", name=one.vendor.name),
            _("%(number)s did not reach %(who)s.", number=one.response.number, who=one.link.email),
            due(one.response.due_on, now().date()),
            url_for("responses.show", response_id=one.response.id),
            _("Send again"),
        )
        for one in undelivered.lost(session, most=2)
    ] + _unread_letters()


def _unread_letters() -> list[Task]:
    """Letters about findings that did not get through: asking again takes another way."""
    if not may("findings.send"):
        return []
    return [
        Task(
            Severity.HIGH,
            _("Mail failed: %(name)s", name=one.vendor.name),
            _("The letter about findings did not reach %(who)s.", who=one.mail.recipient),
            due(one.request.due_on, now().date()) if one.request.due_on else "",
            url_for("findings.ask", vendor_id=one.vendor.id),
            _("Ask again"),
        )
        for one in finding_requests.lost(session, now=now(), most=2)
    ]


def _unconfirmed() -> list[Task]:
    return [
        Task(
            Severity.HIGH,
            _("Needs a second person: %(name)s", name=vendor.name),
            _("One person approved %(what)s, and two decide there now.", what=bought.name),
            _("Tier %(n)s", n=bought.tier) if bought.tier else _("No tier yet"),
            url_for("vendors.decision", vendor_id=vendor.id, engagement=bought.id),
            _("Open"),
        )
        for _row, vendor, bought in decisions.unconfirmed(session, 3)
    ]


def _breached() -> list[Task]:
    today = now().date()
    return [
        Task(
            Severity.HIGH,
            _("Condition breached: %(name)s", name=vendor.name),
            condition.text,
            due(condition.due_on, today),
            url_for("vendors.decision", vendor_id=vendor.id, engagement=decision.engagement_id),
            _("Open"),
        )
        for condition, vendor, decision in decisions.late_conditions(session, today, 3)
    ]


def _knocked_out() -> list[Task]:
    return [
        Task(
            vendor.band if vendor.band in _SEVERE else Severity.HIGH,
            vendor.name,
            f"{vendor.knockout}: {knocked_fact(vendor)}",
            _("Tier %(n)s", n=vendor.tier) if vendor.tier else _("No tier yet"),
            url_for("vendors.worst_score", vendor_id=vendor.id),
            _("Open"),
        )
        for vendor in portfolio.knocked_out(session, 3)
    ]


def _overdue() -> list[Task]:
    today = now().date()
    return [
        Task(
            Severity.of_rank(finding.severity),
            _("Overdue: %(title)s", title=_(finding.title) if finding.title else finding.reason),
            vendor.name + (f", {finding.asset}" if finding.asset else ""),
            due(finding.due_on, today),
            links.finding(finding),
            _("Open"),
            late=True,
        )
        for finding, vendor in portfolio.overdue_findings(session, today, 3)
    ]


@dataclass(frozen=True, slots=True)
class Moved:
    """A line of the movers: who, from what to what, and why."""

    mover: portfolio.Mover
    reason: str
    cause: str


def _movers() -> list[Moved]:
    since = now() - dt.timedelta(days=MOVED_DAYS)
    return [
        Moved(
            one,
            what_moved(json.loads(one.before.result), json.loads(one.after.result)),
            one.after.cause,
        )
        for one in portfolio.movers(session, since, MOVERS)
    ]


def _troubled() -> list[Task]:
    ranks = {severity.rank: severity for severity in Severity}
    return [
        Task(
            ranks[vendor.worst_severity or 0],
            vendor.name,
            ngettext(
                "%(num)d failed check from outside",
                "%(num)d failed checks from outside",
                vendor.failed_checks or 0,
            ),
            _("Tier %(n)s", n=vendor.tier) if vendor.tier else _("No tier yet"),
            url_for("vendors.show", vendor_id=vendor.id),
            _("Open"),
        )
        for vendor in portfolio.troubled(session, QUEUE - 2)
    ]


def _failed_scans() -> list[Task]:
    since = now() - dt.timedelta(days=7)
    return [
        Task(
            Severity.LOW,
            _("Scan failed: %(name)s", name=vendor.name),
            scan.reason,
            "",
            url_for("scans.show", scan_id=scan.id),
            _("Open"),
        )
        for scan, vendor in portfolio.failed_scans(session, since, 2)
    ]


def _drafts() -> list[Task]:
    if not may("intake.resume", "GET"):
        return []
    return [
        Task(
            Severity.LOW,
            _("Your draft: %(title)s", title=draft.title or _("a new vendor")),
            _("Not sent yet; nothing is lost."),
            "",
            url_for("intake.resume", intake_id=draft.id),
            _("Go on"),
        )
        for draft in portfolio.drafts(session, current_user.id, 2)
    ]
