"""What a host that says no is believed."""

import time

import pytest

from vendor_risk.checks.observations import Failure
from vendor_risk.observe.connect import Unreached, first_of
from vendor_risk.observe.deadline import Deadline

NO = Unreached("connection refused", Failure.REFUSED)
ALERT = Unreached("the host ended the handshake with the TLS alert", Failure.ALERT)
RESET = Unreached("connection reset by the host", Failure.RESET)


def told(*answers, addresses=("192.0.2.1",), seconds=5.0, tries=2):
    """The trouble with a host that gives these answers in turn, and how often it was asked.

    A number is a wait of so many seconds before the answer that follows.
    """
    left, asked = list(answers), []

    def attempt(address):
        asked.append(address)
        while isinstance(left[0], float):
            time.sleep(left.pop(0))
        raise left.pop(0)

    with pytest.raises(Unreached) as caught:
        first_of(addresses, attempt, tries=tries, deadline=Deadline.after(seconds))
    return caught.value, len(asked)


@pytest.mark.parametrize("no", [NO, ALERT], ids=["refused", "alert"])
def test_a_no_is_believed_at_the_second_time(no):
    """It was asked twice in time."""
    trouble, asked = told(no, no)

    assert (trouble.kind, asked) == (no.kind, 2)


@pytest.mark.parametrize("no", [NO, ALERT], ids=["refused", "alert"])
@pytest.mark.parametrize("wait", [0.0, 0.2], ids=["during the pause", "before it"])
def test_a_no_that_could_not_be_asked_again_is_a_matter_of_time(no, wait):
    """The deadline came before the second time, so nobody knows whether it would say so again."""
    trouble, asked = told(wait, no, seconds=0.1)

    assert (trouble.kind, asked) == (Failure.TIMEOUT, 1)
    assert trouble.reason == f"{no.reason}, and there was no time to ask again"


def test_one_address_that_could_not_be_asked_again_leaves_the_host_open():
    """The first said no twice, the second only once."""
    trouble, asked = told(NO, NO, 0.3, NO, addresses=("192.0.2.1", "192.0.2.2"), seconds=0.5)

    assert (trouble.kind, asked) == (Failure.TIMEOUT, 3)


def test_an_address_that_was_never_asked_leaves_the_host_open():
    """Where a "no" counts at once, every address must still have said it."""
    trouble, asked = told(0.2, NO, addresses=("192.0.2.1", "192.0.2.2"), seconds=0.1, tries=1)

    assert (trouble.kind, asked) == (Failure.TIMEOUT, 1)
    assert trouble.reason.endswith("no time to ask its other addresses")


def test_a_doubtful_trouble_stays_what_it_is():
    """It needs no second time."""
    trouble, asked = told(0.2, RESET, addresses=("192.0.2.1", "192.0.2.2"), seconds=0.1)

    assert (trouble.kind, trouble.reason, asked) == (RESET.kind, RESET.reason, 1)
