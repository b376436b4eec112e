"""The command line `vendor-risk`."""

import click

from vendor_risk import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vendor-risk")
def main() -> None:
    """Judge the vendors who could hurt your customers."""
