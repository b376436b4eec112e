"""What a page is made of: what it loads, what it asks, where it leads."""

from dataclasses import dataclass

from vendor_risk.checks import csp
from vendor_risk.checks.fields import Field, is_card, is_log_in
from vendor_risk.checks.observations import Cut
from vendor_risk.checks.pages import Url


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that a page loads; `url` is None where it is no web address, such as data:."""

    # the element (audio or video for a <source> in it), or what `rel` of a <link> says, with what
    # it loads where that is asked for ahead: preload image
    kind: str
    url: Url | None
    integrity: str = ""
    crossorigin: str | None = None
    set: bool = False  # one of a set to choose from, which browsers do not lift to https

    @property
    def host(self) -> str:
        """The name that it comes from; empty where it has none."""
        return self.url.host if self.url else ""


@dataclass(frozen=True, slots=True)
class Inline:
    """A script that is written into the page: its hash as policies write it, its first words."""

    hash: str
    start: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form; `targets` are its action and those of its buttons, None for what is no address."""

    targets: tuple[Url | None, ...]
    method: str
    fields: tuple[Field, ...]

    @property
    def takes_cards(self) -> bool:
        """Whether it asks for a payment card."""
        return is_card(self.fields)

    @property
    def takes_passwords(self) -> bool:
        """Whether it asks for a password."""
        return is_log_in(self.fields)


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page of the same organisation, and what it says to a visitor."""

    url: Url
    words: str


@dataclass(frozen=True, slots=True)
class Document:
    """One page as it was served; `whole` is False where more stands in it than was read."""

    url: Url
    base: Url
    status: int = 200
    scripts: tuple[Resource, ...] = ()
    inline: tuple[Inline, ...] = ()
    inline_count: int = 0
    styles: tuple[Resource, ...] = ()
    frames: tuple[Resource, ...] = ()
    # embedded objects, what a <link> loads, pictures and sound unless they are the host's own
    others: tuple[Resource, ...] = ()
    forms: tuple[Form, ...] = ()
    fields: tuple[Field, ...] = ()  # that stand in no form
    links: tuple[Link, ...] = ()
    generators: tuple[str, ...] = ()
    referrers: tuple[str, ...] = ()
    whole: bool = True
    cut: Cut | None = None
    policies: tuple[str, ...] = ()  # that browsers enforce there, in header and page
    own: frozenset[str] = frozenset()  # registered names of the vendor beside that of the page

    @property
    def upgrades(self) -> bool:
        """Whether browsers ask over https for what the page names with http."""
        return any("upgrade-insecure-requests" in csp.parse(each) for each in self.policies)

    @property
    def takes_cards(self) -> bool:
        """Whether it asks for a payment card, in a form or beside it."""
        return is_card(self.fields) or any(form.takes_cards for form in self.forms)

    @property
    def takes_passwords(self) -> bool:
        """Whether it asks for a password, in a form or beside it."""
        return is_log_in(self.fields) or any(form.takes_passwords for form in self.forms)

    @property
    def loads(self) -> tuple[Resource, ...]:
        """All that it loads."""
        return self.scripts + self.styles + self.frames + self.others
