"""The table of third parties that this install carries."""

import json

from vendor_risk import resources
from vendor_risk.checks.owners import Table
from vendor_risk.once import once


@once
def table() -> Table | None:
    """Host to owner and category; None where the set-up did not bring the table along."""
    try:
        path = resources.data_dir("reference") / "owners.json"
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return {host: (str(entry[0]), str(entry[1])) for host, entry in read.items()}
