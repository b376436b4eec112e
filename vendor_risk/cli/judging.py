"""Look at a domain and judge it, judge what was seen before, list what is judged by."""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import click

from vendor_risk.cli.common import (
    COULD_NOT,
    FOUND,
    objects,
    settings_or_stop,
    stop,
    writable_or_stop,
    write_or_stop,
)


@click.command()
@click.argument("domain")
@click.option("--pdf", type=click.Path(path_type=Path), help="The PDF's path; DOMAIN.pdf here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; a PDF only with --pdf.")
@click.option(
    "--save-observations",
    type=click.Path(path_type=Path),
    help="Keep what was seen, to judge it again with `evaluate`.",
)
@click.option(
    "--handshakes",
    is_flag=True,
    help="Also ask what old and weak encryption the host accepts; tell the vendor first.",
)
@click.option(
    "--checkout",
    multiple=True,
    metavar="URL_OR_PATH",
    help="A check-out or log-in page to read, such as /checkout; may be given five times.",
)
def assess(
    domain: str,
    *,
    pdf: Path | None,
    as_json: bool,
    save_observations: Path | None,
    handshakes: bool,
    checkout: tuple[str, ...],
) -> None:
    """Scan a DOMAIN, print the findings and write a PDF; needs no set-up."""
    from rich.console import Console

    from vendor_risk import pdf as paper
    from vendor_risk.checks.declared import DeclarationRefused, pages_of
    from vendor_risk.checks.observations import OBSERVATIONS
    from vendor_risk.config import access, network
    from vendor_risk.feeds.compare import compared
    from vendor_risk.observe.addresses import AddressRefused
    from vendor_risk.observe.look import look
    from vendor_risk.observe.network import ResolverDown
    from vendor_risk.observe.target import TargetRefused, parse
    from vendor_risk.terminal import show
    from vendor_risk.workflow.assess import NoSuchName, domain_report
    from vendor_risk.workflow.assess import assess as judge

    settings = settings_or_stop()
    try:
        target = parse(domain)
        declared = pages_of(checkout, target.host)
    except (TargetRefused, DeclarationRefused) as refusal:
        stop(refusal.message)
    path = pdf or (None if as_json else Path(f"{target.host}.pdf"))
    for wanted in filter(None, (path, save_observations)):
        writable_or_stop(wanted)
    how = network(settings)
    console = Console(stderr=True)
    try:
        with console.status(f"Looking at {target.display} ..."):
            result = judge(
                target.host,
                observed_at=dt.datetime.now(dt.UTC),
                look=lambda _host, at: compared(
                    look(target, how, observed_at=at, handshakes=handshakes, declared=declared),
                    settings.feeds_dir,
                    access(settings),
                ),
            )
    except (AddressRefused, ResolverDown, NoSuchName) as error:
        stop(str(error))
    if save_observations is not None:
        text = OBSERVATIONS.dump_json(result.observations, indent=1)
        write_or_stop(save_observations, text + b"\n")
    if as_json:
        click.echo(json.dumps(result.to_json(), ensure_ascii=False))
    else:
        show(result, Console(soft_wrap=False))
    if path is not None:
        report = domain_report(result, organisation=settings.organisation)
        try:
            with console.status("Making the PDF ..."):
                made = paper.render_pdf(report)
        except paper.PdfUnavailable as error:
            stop(f"the PDF could not be made: {error}", error.mend)
        write_or_stop(path, made)
        click.echo(f"PDF: {path}", err=as_json)
    sys.exit(FOUND if result.found_something else 0)


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
def evaluate(file: Any) -> None:
    """Judge stored observations (one JSON object, or JSON Lines; - for standard input)."""
    from pydantic import ValidationError

    from vendor_risk.checks.observations import OBSERVATIONS
    from vendor_risk.workflow.assess import evaluate as judge

    code = 0
    for number, text in objects(file):
        try:
            observations = OBSERVATIONS.validate_json(text)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the object"
            words = f"{where}: {problem['msg']}"
            # An answer stands on its line all the same, so that the lines stay in step.
            click.echo(json.dumps({"line": number, "error": words}, ensure_ascii=False))
            click.echo(
                f"vendor-risk: observations, line {number}: {words}\n"
                "  docs/observations.md has the format.",
                err=True,
            )
            code = COULD_NOT
            continue
        result = judge(observations)
        if result.found_something:
            code = max(code, FOUND)
        click.echo(json.dumps(result.to_json(), ensure_ascii=False))
    sys.exit(code)


@click.command()
@click.option("--markdown", is_flag=True, help="Print the whole catalogue for docs/checks.md.")
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
def checks(markdown: bool, as_json: bool) -> None:
    """List the checks."""
    from vendor_risk.checks import catalogue

    if markdown:
        click.echo(catalogue.markdown(), nl=False)
        return
    listed = catalogue.catalogue()
    if as_json:
        fields = ("id", "control", "severity", "requirement", "rationale", "remediation")
        click.echo(
            json.dumps(
                [
                    {name: getattr(check, name) for name in fields}
                    | {"references": list(check.references)}
                    for check in listed
                ],
                ensure_ascii=False,
            )
        )
        return
    for check in listed:
        click.echo(f"{check.id:<20} {check.control}  {check.severity:<9} {check.requirement}")
