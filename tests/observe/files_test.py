"""How many files a process of ours takes; each is tried in a process with a limit of its own."""

import resource
import subprocess
import sys

import pytest

from vendor_risk.observe.files import looks_within, needed


def run(code, soft, hard):
    """What a program prints that begins with these limits."""

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    return subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()


RAISED = """
import resource
from vendor_risk.observe.files import allow_many, allowed
allow_many()
print(*resource.getrlimit(resource.RLIMIT_NOFILE), allowed())
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [((256, 512), ["512", "512", "512"]), ((512, 512), ["512", "512", "512"])],
    ids=["below", "at it"],
)
def test_a_process_takes_the_files_that_it_may_have(before, after):
    """Up to the hard limit, which stays."""
    assert run(RAISED, *before) == after


def test_a_process_takes_no_endless_number():
    """Where the system names a hard limit that no process needs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)

    assert run(RAISED, 1024, hard)[0] == str(most)


DOCTOR = """
from vendor_risk.config import Settings
from vendor_risk.doctor import _files
told = _files(Settings(scan_workers=16))
print(told.state, told.says, told.mend, sep="\\n")
"""


def test_doctor_tells_where_the_files_do_not_suffice():
    """With the number of looks that would."""
    told = " ".join(run(DOCTOR, 256, 256))

    assert told.startswith("warn a process may open 256, and 16 looks at once need 768")
    assert "VENDOR_RISK_SCAN_WORKERS=3" in told


def test_doctor_is_calm_about_enough_files():
    """The soft limit does not matter, since a worker raises it."""
    assert run(DOCTOR, 256, 1024)[0] == "ok"


@pytest.mark.parametrize(("files", "looks"), [(0, 1), (768, 16), (767, 15)])
def test_the_looks_that_some_files_suffice_for(files, looks):
    """The other way round than what looks need."""
    assert looks_within(files) == looks
    assert looks == 1 or needed(looks) <= files
