"""The lab for the tests of this folder."""

from tests.lab.fixtures import lab

__all__ = ["lab"]
