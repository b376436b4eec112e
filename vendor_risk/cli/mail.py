"""What came back of the mail that was sent."""

import datetime as dt
import sys
from typing import IO

import click

from vendor_risk.cli.common import FOUND, opened, settings_or_stop, stop


@click.group()
def mail() -> None:
    """Tell what became of letters that left."""


@mail.command()
@click.argument("file", type=click.File("rb"), default="-")
def bounce(file: IO[bytes]) -> None:
    """Note that a letter came back: FILE is the mail server's notice, or standard input.

    The notice is a delivery status notification (RFC 3464). Let the mailbox that letters are sent
    from pipe such mails into this command. 1 when it is about no letter of ours, or no failure.
    """
    from vendor_risk.workflow import notices
    from vendor_risk.workflow.responses import undelivered
    from vendor_risk.workflow.vendors import VendorRefused

    try:
        content = file.read(notices.MOST)
    except OSError as error:
        stop(f"it cannot be read: {error.strerror}")
    now = dt.datetime.now(dt.UTC)
    try:
        told = notices.read(content)
        with opened(settings_or_stop()) as database, database.transaction() as session:
            found = undelivered.of_notice(session, told, now=now)
            if found is None:
                click.echo("The notice is about no letter that was sent from here.", err=True)
                sys.exit(FOUND)
            fresh = undelivered.came_back(session, found, told.reason, now=now, actor="operator")
    except VendorRefused as error:
        click.echo(error.message, err=True)
        sys.exit(FOUND)
    words = "is marked as come back" if fresh else "was marked before"
    click.echo(f"The letter {found.id} {words}: {found.last_error}")
