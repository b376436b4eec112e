"""What decoding does with observations that are too long or wrong."""

import pytest
from pydantic import ValidationError

from tests.checks.healthy import observations, page
from vendor_risk.checks.observations import (
    BODY_LIMIT,
    OBSERVATIONS,
    Cut,
    Failure,
    Mail,
    NoResponse,
    Unreachable,
)

HEAD = '{"domain": "a.example", "observed_at": "2026-11-22T12:00:00Z"'


def test_a_healthy_look_goes_to_json_and_back_unchanged():
    """Nothing is lost on the way to a file, certificates and all."""
    look = observations()

    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(look)) == look


def test_a_time_without_a_zone_is_refused():
    """Dates of certificates are compared with it, so a guess would be a false finding."""
    with pytest.raises(ValidationError, match="observed_at"):
        OBSERVATIONS.validate_json('{"domain": "a.example", "observed_at": "2026-11-22T12:00:00"}')


def test_a_page_is_cut_and_says_so():
    """A check can then say that it saw the beginning only."""
    cut = page(body="x" * (BODY_LIMIT + 1))

    assert (len(cut.body), cut.truncated, cut.cut) == (BODY_LIMIT, True, Cut.SIZE)


@pytest.mark.parametrize(
    ("part", "length"),
    [
        ('"dns": {"records": [%s]}', 1024),
        ('"http": {"responses": [%s]}', 128),
    ],
)
def test_decoding_cuts_endless_lists(part, length):
    """However many answers a file holds, a check meets a bounded number."""
    answer = '{"name": "a.example", "type": "A", "status": "NOERROR"}'
    response = '{"url": "https://a.example/", "status": 200}'
    row = answer if "dns" in part else response

    look = OBSERVATIONS.validate_json(f"{HEAD}, {part % ','.join([row] * 1200)}}}")

    rows = look.dns.records if "dns" in part else look.http.responses
    assert len(rows) == length


def test_decoding_cuts_endless_texts():
    """A header of a megabyte is not kept."""
    part = '"http": {"responses": [{"url": "u", "status": 200, "headers": [["A", "%s"]]}]}'

    look = OBSERVATIONS.validate_json(f"{HEAD}, {part % ('x' * 1_000_000)}}}")

    assert len(look.http.responses[0].headers[0][1]) == 65_536


def test_a_mail_part_of_an_older_version_is_read():
    """It had the policy alone."""
    part = '"mail": {"mta_sts_policy": "version: STSv1", "starttls": true}'

    look = OBSERVATIONS.validate_json(f"{HEAD}, {part}}}")

    assert look.mail == Mail(mta_sts_policy="version: STSv1", starttls=True)


def test_a_policy_host_that_gave_nothing_goes_to_json_and_back():
    """What stands for an answer and for a handshake is told apart."""
    nothing = NoResponse("https://mta-sts.a.example/", "refused", Failure.REFUSED)
    trouble = Unreachable("refused", Failure.REFUSED)
    look = observations(mail=Mail(mta_sts=nothing, mta_sts_tls=trouble))

    assert OBSERVATIONS.validate_json(OBSERVATIONS.dump_json(look)) == look
