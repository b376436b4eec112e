"""The lab as a fixture: import `lab` in a conftest.py."""

from collections.abc import Iterator

import pytest

from tests.lab.lab import Lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The running lab, one for each process of the tests."""
    with Lab() as running:
        yield running
