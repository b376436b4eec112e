"""What refuses a step, in words that every language can say."""

from collections.abc import Callable
from typing import Self


class Word(str):
    """A word of the product inside a refusal, such as a state: it is translated with it."""

    __slots__ = ()


class Refused(ValueError):
    """What was asked cannot be; `message` says why and what to do, in English.

    The message is one literal with named places, `%(name)s`, and what stands there comes by name:
    the literal is what a catalogue knows. A place holds a text, a number, a Word, another refusal,
    or a tuple of these, which is said with commas.
    """

    def __init__(self, message: str, **known: object) -> None:
        self.pattern, self.known = message, known
        self.message = self.said(_english)
        super().__init__(self.message)

    def said(self, gettext: Callable[..., str]) -> str:
        """The message in the language of `gettext`."""
        known = {name: _said(value, gettext) for name, value in self.known.items()}
        return str(gettext(self.pattern, **known))

    @classmethod
    def because(cls, other: "Refused", *given: object) -> Self:
        """The same words as a refusal of this kind; `given` is what else it takes."""
        return cls(other.pattern, *given, **other.known)


def _said(value: object, gettext: Callable[..., str]) -> object:
    if isinstance(value, tuple):
        return ", ".join(str(_said(each, gettext)) for each in value)
    if isinstance(value, Refused):
        return value.said(gettext)
    return gettext(str(value)) if isinstance(value, Word) else value


def _english(text: str, /, **known: object) -> str:
    return text % known if known else text
