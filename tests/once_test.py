"""What is dear is made once, by whoever asks first."""

import threading
import time

from vendor_risk.once import once


def test_threads_that_ask_together_get_one_answer():
    """None of them makes it anew."""
    made = []

    @once
    def dear(name):
        time.sleep(0.05)
        made.append(name)
        return object()

    answers = set()
    asking = [threading.Thread(target=lambda: answers.add(dear("list"))) for _ in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()

    assert (len(answers), made) == (1, ["list"])
