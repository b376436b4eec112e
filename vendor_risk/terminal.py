"""What the command line prints of an assessment, for a person at a terminal."""

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import Severity, Status
from vendor_risk.workflow.assess import Assessment, texts

_STYLE = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold blue",
    Severity.INFORMATIONAL: "dim",
}
_MOST_VALUES = 6  # of one fact; the JSON has them all
# A mark beside the word, so that nothing hangs on colour alone.
_MARK = {
    Severity.CRITICAL: "!!",
    Severity.HIGH: "! ",
    Severity.MEDIUM: "~ ",
    Severity.LOW: "- ",
    Severity.INFORMATIONAL: "i ",
}


def show(assessment: Assessment, console: Console) -> None:
    """Print the findings, the most severe first, then what could not be seen, then the posture."""
    seen = assessment.observations
    failed = sorted(
        (one for one in assessment.judged if one.outcome.status is Status.FAILED),
        key=lambda one: (-(one.outcome.severity or Severity.LOW).rank, one.check),
    )
    unknown = [one for one in assessment.judged if one.outcome.status is Status.UNKNOWN]
    passed = [one for one in assessment.judged if one.outcome.status is Status.PASSED]
    beside = [one for one in assessment.judged if one.outcome.status is Status.NOT_APPLICABLE]
    at = seen.observed_at.strftime("%d %b %Y, %H:%M UTC")
    console.print(f"\n[bold]{escape(seen.domain)}[/bold]  [dim]looked at {at}[/dim]\n")
    for one in failed:
        console.print(_finding(one))
    if not failed:
        console.print("Nothing wrong was seen.\n")
    if unknown:
        console.print("[bold]Could not be seen[/bold] [dim](neither good nor bad)[/dim]")
        reasons: dict[str, list[str]] = {}
        for one in unknown:
            reasons.setdefault(one.outcome.reason, []).append(one.check)
        for reason, checks in reasons.items():
            console.print(f"  ? {escape(reason)}")
            console.print(Text(f"    {', '.join(checks)}", style="dim"), soft_wrap=True)
        console.print()
    if passed:
        names = ", ".join(one.check for one in passed)
        console.print(Text(f"Passed: {names}", style="green"), soft_wrap=True)
    if beside:
        names = ", ".join(one.check for one in beside)
        console.print(Text(f"Not applicable: {names}", style="dim"), soft_wrap=True)
    if assessment.facts:
        console.print("\n[bold]Also seen[/bold] [dim](neither good nor bad)[/dim]")
        for fact in assessment.facts:
            more = len(fact.values) - _MOST_VALUES
            shown = "; ".join(fact.values[:_MOST_VALUES]) + (
                f"; and {more} more" if more > 0 else ""
            )
            console.print(f"  {escape(fact.title)}: {escape(shown)}")
    console.print()
    console.print(_posture(assessment))


def _finding(one: Judged) -> Group:
    check = texts()[one.check]
    outcome = one.outcome
    severity = outcome.severity or check.severity
    head = Text()
    head.append(f"{_MARK[severity]}{severity.upper():<9}", style=_STYLE[severity])
    head.append(f" {outcome.reason or check.requirement}", style="bold")
    head.append(f"  {one.check}", style="dim")
    rows = [("why", check.rationale)]
    if outcome.evidence:
        rows += [("seen", outcome.evidence.value), ("again", outcome.evidence.command)]
    rows.append(("fix", check.remediation.replace("\n\n", "\n")))
    grid = Table.grid(padding=(0, 2), pad_edge=True)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(label, Text(text))
    return Group(head, Padding(grid, (0, 0, 1, 2)))


def _posture(assessment: Assessment) -> Text:
    number = assessment.posture
    text = Text()
    if number.score is None:
        seen = ", ".join(number.seen) or "none"
        text.append("External posture: not rated. ", style="bold")
        text.append(f"Three of tls, dns, mail and web are needed; seen: {seen}.")
        return text
    text.append(f"External posture: {number.score} of 100, grade {number.grade}", style="bold")
    if number.capped_by:
        text.append(f", capped by {number.capped_by}")
    text.append(
        f". Catalogue {number.catalogue}. A look from outside cannot see what happens inside.",
        style="dim",
    )
    return text
