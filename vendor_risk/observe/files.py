"""How many files a process may have open: each connection of a look is one."""

import contextlib
import resource

_MOST = 65_536  # far more than a process of ours needs; some systems have a hard limit of 2**30
# one look: 32 questions on their way (observe/dns.py), four held connections, a few that begin
_A_LOOK = 40
_BESIDE = 128  # of the process itself: database, queue, log, libraries


def needed(looks: int) -> int:
    """The files that so many looks at once take in one process."""
    return _BESIDE + looks * _A_LOOK


def looks_within(files: int) -> int:
    """The looks at once, at least one, that so many files suffice for."""
    return max(1, (files - _BESIDE) // _A_LOOK)


def allowed() -> int:
    """The files that this process may ever have open, as far as it would ask for them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)


def allow_many() -> None:
    """This process may open as many files as the system lets it; many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= allowed():
        return
    with contextlib.suppress(OSError, ValueError):  # then it stays at what it was
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed(), hard))
