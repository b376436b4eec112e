"""Which database a test is about, where it is about one alone."""

import pytest


def only(kind: str, fixture: str = "database") -> pytest.MarkDecorator:
    """The test runs on that database and on no other: the others lack what it is about."""
    return pytest.mark.parametrize(fixture, [kind], indirect=True)
