"""Look for names that could be taken for a domain, and say which of them exist."""

import json
import sys

import click

from vendor_risk.cli.common import FOUND, settings_or_stop, stop

_SECONDS = 90  # for some six hundred questions
_UNHEARD_OF = 10  # a search in which more than one of so many names got no answer is not kept


@click.command()
@click.argument("domain")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lookalikes(domain: str, as_json: bool) -> None:
    """Search names that could be taken for DOMAIN: some 600 DNS questions.

    Those that exist are shown with their addresses and mail servers, and kept for the next
    `assess`. 1 when one takes mail.
    """
    from vendor_risk.checks.names import organisation
    from vendor_risk.config import network
    from vendor_risk.feeds import alike
    from vendor_risk.feeds.folder import Folder
    from vendor_risk.observe.alike import search
    from vendor_risk.observe.network import ResolverDown
    from vendor_risk.observe.target import TargetRefused, parse

    settings = settings_or_stop()
    try:
        name = organisation(parse(domain).host)
        found, asked, silent = search(name, network(settings), seconds=_SECONDS)
    except TargetRefused as refusal:
        stop(refusal.message)
    except ResolverDown as error:
        stop(str(error))
    if not asked:
        stop(f"{name} has no label of its own to vary", "Name a registered domain.")
    whole = silent * _UNHEARD_OF <= asked
    if whole:
        try:
            alike.keep(name, found, Folder(settings.feeds_dir))
        except OSError as error:
            click.echo(f"vendor-risk: the result was not kept: {error.strerror}", err=True)
    if as_json:
        rows = [
            {
                "name": each.name,
                "kind": each.kind,
                "addresses": list(each.addresses),
                "mail": list(each.exchanges),
            }
            for each in found
        ]
        told = {"domain": name, "asked": asked, "unanswered": silent, "found": rows}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for each in found:
            mail = f"  mail at {', '.join(each.exchanges[:2])}" if each.exchanges else ""
            click.echo(f"{each.name:<36} {', '.join(each.addresses[:2]) or '-':<24}{mail}")
            click.echo(f"    {each.kind}")
        click.echo(
            f"{len(found)} of {asked} names exist; {silent} gave no answer."
            + ("" if whole else " Too many for a result: it is not kept.")
        )
    sys.exit(FOUND if any(each.exchanges for each in found) else 0)
