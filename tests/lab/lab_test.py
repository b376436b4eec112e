"""The lab starts, ends, and says why when it does not."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab.hosts import HOSTS
from tests.lab.processes import DidNotStart, ServerProcess, accepts

pytestmark = pytest.mark.lab

CHECKOUT = Path(__file__).parents[2]


def test_every_host_is_documented():
    """The README lists each with what is the matter with it."""
    readme = (Path(__file__).parent / "README.md").read_text()

    for host in HOSTS:
        assert f"| `{host.name}` | {host.matter} |" in readme


def test_a_server_that_does_not_start_shows_its_log(tmp_path):
    """The error ends with what the server had to say."""
    server = ServerProcess("broken", ("sh", "-c", "echo no such file >&2; exit 3"), tmp_path)

    with pytest.raises(DidNotStart, match=r"broken ended with code 3; its log:\nno such file"):
        server.wait_until(lambda: False)


def test_nothing_survives_who_started_it():
    """Killed without a chance to clean up, the lab takes its servers with it."""
    lab = subprocess.Popen(
        (sys.executable, "-m", "tests.lab"), cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert lab.stdout is not None
    lines = iter(lab.stdout.readline, "")
    settings = {}
    for line in lines:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            settings[name] = value
        if "SCAN_ALLOW_NETWORKS" in line:
            break
    https = int(settings["VENDOR_RISK_PORT_MAP"].rpartition(":")[2])
    web = settings["VENDOR_RISK_SCAN_ALLOW_NETWORKS"].replace("0.0/16,::1/128", "0.1")
    alive = accepts(web, https)

    os.kill(lab.pid, signal.SIGKILL)
    lab.wait()
    lab.stdout.close()
    late = time.monotonic() + 10
    while accepts(web, https) and time.monotonic() < late:
        time.sleep(0.05)

    shutil.rmtree(Path(settings["VENDOR_RISK_CA_FILE"]).parent)
    assert alive
    assert not accepts(web, https)
