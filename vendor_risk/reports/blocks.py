"""Advice in pieces: sentences, and the configuration that stands indented between them."""

import re
import textwrap
from dataclasses import dataclass

INDENT = "    "


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or lines to be copied exactly as they stand."""

    text: str
    exact: bool


def blocks(advice: str) -> tuple[Block, ...]:
    """The pieces of a text: blank lines part paragraphs, four blanks mark exact lines."""
    found: list[Block] = []
    for piece in re.split(r"\n[ \t]*\n", advice.strip("\n")):
        exact = all(line.startswith(INDENT) for line in piece.splitlines() if line.strip())
        if not piece.strip():
            continue
        if not exact:
            found.append(Block(" ".join(piece.split()), exact=False))
        elif found and found[-1].exact:
            found[-1] = Block(f"{found[-1].text}\n\n{_flush(piece)}", exact=True)
        else:
            found.append(Block(_flush(piece), exact=True))
    return tuple(found)


def first_sentences(text: str, limit: int) -> str:
    """As many whole sentences as fit into `limit` characters, at least one."""
    sentences = re.split(r"(?<=[.!?]) +", text.strip())
    shown = sentences[0]
    for sentence in sentences[1:]:
        if len(shown) + 1 + len(sentence) > limit:
            break
        shown = f"{shown} {sentence}"
    return shown


def _flush(piece: str) -> str:
    return textwrap.dedent(piece).rstrip()
