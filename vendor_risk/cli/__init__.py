"""The command line `vendor-risk`: reads words, calls one step, prints the answer.

Exit codes: 0 good, 1 something was found, 2 could not run. What is slow to import is imported
inside the command that needs it.
"""

import click

from vendor_risk import __version__
from vendor_risk.cli import (
    inventory,
    jobs,
    judging,
    lists,
    lookalikes,
    mail,
    questionnaires,
    reports,
    rescans,
    running,
    scanning,
    scoring,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="vendor-risk")
def main() -> None:
    """Judge the vendors who could hurt your customers."""


for command in (
    judging.assess,
    judging.checks,
    judging.evaluate,
    scoring.score,
    scanning.scan,
    lists.feeds,
    lookalikes.lookalikes,
    questionnaires.questionnaires,
    mail.mail,
    inventory.vendors,
    reports.report,
    rescans.rescan,
    jobs.jobs,
    running.db,
    running.demo,
    running.doctor,
    running.serve,
    running.users,
    running.web,
    running.worker,
):
    main.add_command(command)
