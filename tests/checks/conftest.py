"""What the tests of the checks share: conformance cases of public suites."""

from pathlib import Path

import pytest


def conformance_cases(name: str) -> str:
    """The text of a file of conformance cases; skips the test where they were not fetched."""
    path = Path(__file__).parents[2].parent / "shared" / "cases" / name
    if not path.is_file():
        pytest.skip(f"the conformance cases are not beside the checkout: {name}")
    return path.read_text(encoding="utf-8")
