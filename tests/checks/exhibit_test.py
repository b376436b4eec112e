"""Exhibits are short, harmless to show and harmless to paste."""

import shlex

import pytest

from vendor_risk.checks.exhibit import (
    LIMIT,
    by_address,
    by_certificate,
    by_certificates,
    by_curl,
    by_dig,
    by_handshake,
    by_mail_handshake,
    by_nmap,
    shown,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("two\r\nlines", "two  lines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("evil\u202etxt.exe", "evil\\u202etxt.exe"),
        ("grüße", "grüße"),
        ("x" * 400, "x" * (LIMIT - 1) + "…"),
        ("\x00" * 300, "\\x00" * 74 + "\\x0…"),
    ],
)
def test_a_value_is_one_short_line_without_control_characters(text, expected):
    """A terminal, a page and a PDF show what is there and do nothing else."""
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("shop.example", ["dig", "+noall", "+comments", "+answer", "shop.example", "TXT"]),
        ("$(reboot)", ["dig", "+noall", "+comments", "+answer", "-t", "TXT", "-q", "$(reboot)"]),
        (
            "@evil.example",
            ["dig", "+noall", "+comments", "+answer", "-t", "TXT", "-q", "@evil.example"],
        ),
        (
            "-f/etc/passwd",
            ["dig", "+noall", "+comments", "+answer", "-t", "TXT", "-q", "-f/etc/passwd"],
        ),
    ],
)
def test_dig_asks_for_a_hostile_name_and_does_nothing_else(name, words):
    """A shell takes the name as one word, dig takes it as the name."""
    assert shlex.split(by_dig("seen", name, "TXT").command) == words


@pytest.mark.parametrize("hostile", ["a;reboot", "a'b", "$(reboot)", "a b", "`id`"])
@pytest.mark.parametrize(
    "command",
    [
        lambda text: by_curl("seen", f"https://{text}/").command,
        lambda text: by_handshake("seen", text).command,
        lambda text: by_certificate("seen", text, "-dates").command,
        lambda text: by_certificates("seen", text).command,
        lambda text: by_handshake("seen", text, "-min_protocol", "TLSv1").command,
        lambda text: by_address("seen", text, "192.0.2.1").command,
        lambda text: by_address("seen", "shop.example", text).command,
        lambda text: by_nmap("seen", text).command,
        lambda text: by_mail_handshake("seen", text).command,
    ],
)
def test_a_hostile_host_stays_one_word_of_the_command(command, hostile):
    """Whatever a file says, pasting its command runs curl or openssl alone."""
    words = shlex.split(command(hostile))

    assert any(hostile in word for word in words)


def test_nmap_takes_no_host_for_an_option():
    """What stands behind two dashes is a name, whatever it begins with."""
    words = shlex.split(by_nmap("seen", "-oN/etc/passwd").command)

    assert words[-2:] == ["--", "-oN/etc/passwd"]
