"""Advice in pieces, and text cut at the end of a sentence."""

import pytest

from vendor_risk.reports.blocks import Block, blocks, first_sentences

ADVICE = (
    "Send the header with every answer.\n\nnginx:\n\n    server {\n        listen 443;\n\n    }\n\n"
    "Then wait\na day."
)


def test_configuration_keeps_its_lines() -> None:
    """Indented lines stay as they are, paragraphs flow."""
    assert blocks(ADVICE) == (
        Block("Send the header with every answer.", exact=False),
        Block("nginx:", exact=False),
        Block("server {\n    listen 443;\n\n}", exact=True),
        Block("Then wait a day.", exact=False),
    )


@pytest.mark.parametrize("advice", ["", "\n", "  \n\n  \n"])
def test_no_advice_is_no_block(advice: str) -> None:
    """Nothing comes of nothing."""
    assert blocks(advice) == ()


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (5, "One is here."),
        (12, "One is here."),
        (22, "One is here. Two! Why?"),
        (99, "One is here. Two! Why? The end"),
    ],
)
def test_a_text_is_cut_between_sentences(limit: int, shown: str) -> None:
    """Never in the middle of one, and never to nothing."""
    assert first_sentences("One is here. Two! Why? The end", limit) == shown


def test_a_host_name_does_not_end_a_sentence() -> None:
    """A dot inside a name is no full stop."""
    text = "The name shop.example is free. Take it."
    assert first_sentences(text, 31) == "The name shop.example is free."
