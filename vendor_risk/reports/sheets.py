"""A frozen report as sheets of rows, for whoever works on with it in a spreadsheet."""

from collections.abc import Iterator

from vendor_risk.reports.dossier import Dossier
from vendor_risk.reports.dossier_sheets import dossier_sheets
from vendor_risk.reports.issue import Issue, sha256_of
from vendor_risk.reports.portfolio import Portfolio
from vendor_risk.reports.portfolio_table import vendors_csv
from vendor_risk.reports.report import Report
from vendor_risk.reports.score_words import exact
from vendor_risk.reports.sheet import Cell, Sheet, iso, listed, sheet
from vendor_risk.reports.standing import Standing
from vendor_risk.reports.table import findings_csv


def sheets(issue: Issue) -> tuple[Sheet, ...]:
    """All sheets of a report; numbers that are kept in 1/100 stand with both decimals."""
    if isinstance(issue, Dossier):
        return (_about(issue, *_counted(issue)), *dossier_sheets(issue))
    found = _portfolio(issue) if isinstance(issue, Portfolio) else _vendor(issue)
    return tuple(found)


def _counted(issue: Dossier) -> Iterator[tuple[str, Cell]]:
    """Whom it is about, and where the log of that day ended, to be compared one day."""
    yield "vendor", issue.subject.name
    yield "supplier number", issue.subject.supplier_number
    yield "last entry of the log", issue.log.last_sequence
    yield "seal of that entry", issue.log.last_hash
    for name, count in issue.left_out.items():
        yield f"{name} that are not listed", count


def _about(issue: Issue, *more: tuple[str, Cell]) -> Sheet:
    told: list[tuple[str, Cell]] = [
        ("report", issue.number),
        ("organisation", issue.organisation),
        ("as of", iso(issue.as_of)),
        ("prepared by", issue.prepared_by),
        ("decision asked", issue.decision.question),
        *(("reason", each) for each in issue.decision.reasons),
        *more,
        ("risk model", issue.model),
        ("risk model, SHA-256", issue.model_sha256),
        ("snapshot, SHA-256", sha256_of(issue)),
        ("product", f"Vendor Risk {issue.product}"),
    ]
    return sheet("report", ("what", "value"), told)


def _portfolio(issue: Portfolio) -> Iterator[Sheet]:
    totals, blind = issue.totals, issue.blind
    yield _about(
        issue,
        ("vendors", totals.vendors),
        ("with a tier", totals.triaged),
        ("rated", totals.rated),
        ("above our appetite", totals.above),
        ("above our appetite, tier 1", totals.above_first),
        ("knocked out", totals.knocked_out),
        ("critical and high findings", totals.severe),
        *((f"appetite of tier {n}", value) for n, value in enumerate(issue.appetite, 1)),
        ("in use without a tier", blind.untriaged),
        ("tier 1 and 2", blind.first_tiers),
        ("tier 1 and 2, not rated", blind.unrated),
        ("never looked at from outside", blind.never_seen),
        ("last look failed", blind.failed),
        (f"looked at more than {blind.old_days} days ago", blind.old),
    )
    yield listed("vendors", vendors_csv(issue))
    yield sheet(
        "tiers",
        ("tier", "residual risk", "vendors"),
        ((each.tier, each.band or "not rated", each.count) for each in issue.cells),
    )
    yield sheet(
        "moved",
        ("vendor", "engagement", "tier", "before", "after", "change", "cause", "what"),
        (
            (
                one.vendor,
                one.engagement,
                one.tier,
                exact(one.before),
                exact(one.after),
                f"{(one.after - one.before) / 100:.2f}",
                one.cause,
                one.what,
            )
            for one in issue.moves
        ),
    )
    yield sheet(
        "past their day",
        ("kind", "how many", "tier 1 and 2", "vendor", "what", "due", "who"),
        (
            (
                late.kind,
                late.count,
                late.first_tiers,
                *((one.vendor, one.what, iso(one.due), one.who) if one else ("", "", "", "")),
            )
            for late in issue.late
            for one in (late.longest or (None,))
        ),
    )
    yield sheet(
        "resting on",
        ("company", "role", "vendors", "among them"),
        ((one.name, one.role, one.vendors, ", ".join(one.first)) for one in issue.shared),
    )
    yield sheet(
        "accepted",
        ("vendor", "finding", "until", "by"),
        ((one.vendor, one.title, iso(one.until), one.by) for one in issue.accepted),
    )


def _vendor(issue: Report) -> Iterator[Sheet]:
    subject, posture = issue.subject, issue.posture
    yield _about(
        issue,
        ("vendor", subject.vendor or subject.domain),
        ("supplier number", subject.supplier_number),
        ("main domain", subject.domain),
        ("external posture", posture.score),
        ("posture grade", posture.grade),
        ("check catalogue", posture.catalogue),
    )
    yield sheet(
        "engagements",
        ("engagement", "owner", "our company", "tier", "inherent", "spend", "currency"),
        (
            (
                one.name,
                one.owner,
                one.legal_entity,
                one.tier,
                one.inherent.value if one.inherent else None,
                one.spend.minor if one.spend else None,
                one.spend.currency if one.spend else "",
            )
            for one in issue.engagements
        ),
    )
    if issue.standing is not None:
        yield from _standing(issue.standing)
    yield listed("findings", findings_csv(issue))
    yield sheet(
        "not seen",
        ("check", "host", "reason"),
        ((one.check, one.host, one.reason) for one in posture.unknown),
    )
    yield sheet(
        "looked at",
        ("host", "class", "looked at", "addresses", "resolvers"),
        (
            (
                look.host,
                look.host_class,
                iso(look.observed_at),
                ", ".join(look.method.addresses),
                ", ".join(look.method.resolvers),
            )
            for look in issue.looks
        ),
    )


def _standing(standing: Standing) -> Iterator[Sheet]:
    yield sheet(
        "scores",
        (
            "engagement",
            "tier",
            "inherent",
            "assurance",
            "low",
            "high",
            "grade",
            "coverage in percent",
            "residual",
            "residual at best",
            "residual at worst",
            "band",
            "as of",
            "snapshot, SHA-256",
        ),
        (
            (
                one.engagement,
                one.tier,
                one.inherent,
                exact(one.final),
                exact(one.low),
                exact(one.high),
                one.grade or "not rated",
                exact(one.coverage),
                "" if one.residual is None else exact(one.residual),
                exact(one.best),
                exact(one.worst),
                one.band,
                iso(one.as_of),
                one.snapshot_sha256,
            )
            for one in standing.rated
        ),
    )
    yield sheet(
        "lines",
        ("engagement", "control", "name", "points", "most", "seen by", "on", "until", "held by"),
        (
            (
                one.engagement,
                line.control,
                line.name,
                exact(line.points),
                "" if line.most is None else exact(line.most),
                line.seen_by,
                iso(line.on),
                iso(line.until),
                line.held.title if line.held else "",
            )
            for one in standing.rated
            for line in one.lines
        ),
    )
    yield sheet(
        "decisions",
        ("engagement", "decision", "state", "rationale", "proposed by", "decided by", "on"),
        (
            (
                one.engagement,
                one.kind,
                "waiting" if one.waiting else "in force",
                one.rationale,
                one.proposed_by,
                one.decided_by,
                iso(one.on),
            )
            for one in standing.decided
        ),
    )
    yield sheet(
        "conditions",
        ("engagement", "condition", "owner", "due", "met"),
        (
            (
                one.engagement,
                each.text,
                each.owner,
                iso(each.due),
                "yes" if each.met else "no",
            )
            for one in standing.decided
            for each in one.conditions
        ),
    )
    yield sheet(
        "documents",
        ("kind", "title", "dated", "until", "our service in scope", "read on", "read by"),
        (
            (
                one.kind,
                one.title,
                iso(one.dated),
                iso(one.until),
                {True: "yes", False: "no", None: "unknown"}[one.in_scope],
                iso(one.read_on),
                one.read_by,
            )
            for one in standing.papers
        ),
    )
