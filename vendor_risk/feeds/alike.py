"""Keeps which names that could be taken for one exist, from one search to the looks after it."""

from datetime import datetime

from pydantic import TypeAdapter

from vendor_risk.checks.observations import Lookalike
from vendor_risk.feeds import answers
from vendor_risk.feeds.folder import Folder
from vendor_risk.feeds.reading import ListRefused, validated

KIND = "lookalikes"
_KEPT: TypeAdapter[tuple[Lookalike, ...]] = TypeAdapter(tuple[Lookalike, ...])


def keep(name: str, found: tuple[Lookalike, ...], folder: Folder) -> None:
    """What a search found is there for the next looks."""
    answers.keep(folder, KIND, name, _KEPT.dump_json(found, indent=1))


def known(name: str, folder: Folder) -> tuple[tuple[Lookalike, ...], datetime] | None:
    """What the last search found, with its time; None where nobody searched."""
    answer = answers.kept(folder, KIND, name)
    if answer is None:
        return None
    try:
        return validated(answer.content, _KEPT), answer.at
    except ListRefused:
        return None
