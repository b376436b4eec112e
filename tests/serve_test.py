"""What keeps processes alive and ends them."""

import subprocess
import sys


def test_a_process_that_hangs_at_its_end_leaves_and_says_where():
    """As a stop has to: in time, with the place that hung."""
    program = (
        "import threading\n"
        "from vendor_risk.serve import leave_within\n"
        "leave_within(0.1)\n"
        "def stuck(): threading.Event().wait()\n"
        "stuck()\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == 0
    assert "still not at the end 0.1 s after the signal" in ended.stderr
    assert "in stuck" in ended.stderr
