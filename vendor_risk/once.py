"""Works a thing out once, however many threads ask for it at the same time."""

from collections.abc import Callable
from functools import cache, wraps
from threading import RLock
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")


def once(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """The function with its answers kept; who asks while one is being made waits for it.

    `functools.cache` lets each of the threads of a scan that begins read the same list for itself.
    """
    kept = cache(make)
    making = RLock()

    @wraps(make)
    def answer(*given: Given.args, **named: Given.kwargs) -> Made:
        with making:
            return kept(*given, **named)  # type: ignore[arg-type]

    return answer
