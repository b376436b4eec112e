"""Reads a page tag by tag into what it is made of; every list has a limit."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from vendor_risk.checks.elements import Document, Form, Inline, Link, Resource
from vendor_risk.checks.fields import NAME_LIMIT, Field
from vendor_risk.checks.markup import Tag
from vendor_risk.checks.names import is_subdomain, organisation
from vendor_risk.checks.observations import Cut
from vendor_risk.checks.pages import Url
from vendor_risk.checks.targets import BLANK, resolved

# What is read of one page. Honest ones stay far below: of ten million pages 99 in a hundred load
# fewer than 120 scripts and 500 images (HTTP Archive), and menus seldom hold 300 links.
MOST = {
    "scripts": 512,
    "styles": 256,
    "frames": 128,
    "others": 512,
    "forms": 128,
    "links": 300,
    "fields": 1024,
    "metas": 32,
}
WORDS_LIMIT = 80  # characters of what a link or a script says
_SET_MOST = 16  # pictures of one srcset
_INLINE_LIMIT = 64  # inline scripts that are told apart by their hash

_JAVASCRIPT = re.compile(
    r"|module|(?:text|application)/(?:x-)?(?:java|ecma)script|text/(?:jscript|livescript)"
    r"|text/javascript1\.[0-5]",
    re.IGNORECASE,
)
_SRCSET = re.compile(r"[\t\n\f\r ,]*([^\t\n\f\r ]+)[^,]*")
_TAGS = re.compile(r"<[^>]*>?")
_SOURCES = {
    "audio": "src",
    "embed": "src",
    "frame": "src",
    "iframe": "src",
    "image": "href",
    "img": "src",
    "object": "data",
    "source": "src",
    "track": "src",
    "video": "src",
}
_OWN = frozenset({"audio", "image", "img", "source", "track", "video"})
_AROUND_SOURCES = frozenset({"audio", "picture", "video"})
_AHEAD = frozenset({"audio", "fetch", "font", "image", "script", "style", "track", "video"})
_LOADED = ("icon", "manifest", "modulepreload", "preload", "prefetch", "apple-touch-icon")


class Reading:
    """A page half read."""

    def __init__(self, url: Url, body: str) -> None:
        self._url = self._base = url
        self._body = body
        self._based = False
        self._home = organisation(url.host)
        self._full = False
        self._resources: dict[str, list[Resource]] = {
            kind: [] for kind in ("scripts", "styles", "frames", "others")
        }
        self._inline: dict[str, Inline] = {}
        self._inline_count = 0
        self._forms: list[_Form] = []
        self._form: _Form | None = None
        self._fields: list[Field] = []
        self._fields_left = MOST["fields"]
        self._links: dict[str, str] = {}
        self._around = ""  # the element whose sources are read
        self._metas: dict[str, list[str]] = {"generator": [], "referrer": []}

    def take(self, tag: Tag) -> None:
        """Read one tag."""
        name = tag.name
        if tag.closes:
            if name == "form":
                self._form = None
            elif name == self._around:
                self._around = ""
        elif name in ("a", "area"):
            self._take_link(tag)
        elif name == "script":
            self._take_script(tag)
        elif name in ("input", "select", "textarea", "button"):
            self._take_field(tag)
        elif name == "form":
            self._take_form(tag)
        elif name == "link":
            self._take_loaded(tag.attributes())
        elif name in _SOURCES or name == "picture":
            self._around = name if name in _AROUND_SOURCES else self._around
            if name != "picture":
                self._take_source(tag)
        elif name == "meta":
            self._take_meta(tag.attributes())
        elif name == "base" and not self._based:
            self._take_base(tag.attributes())

    def _put(self, kind: str, resource: Resource) -> None:
        if len(self._resources[kind]) == MOST[kind]:
            self._full = True
        else:
            self._resources[kind].append(resource)

    def _take_base(self, attributes: dict[str, str]) -> None:
        if "href" not in attributes:
            return
        self._based = True  # the first one counts, even where it is not followed
        self._base = resolved(self._url, attributes["href"]) or self._url

    def _take_script(self, tag: Tag) -> None:
        attributes = tag.attributes()
        if not _JAVASCRIPT.fullmatch(attributes.get("type", "").partition(";")[0].strip(BLANK)):
            return  # a browser does not run it: data, templates, scripts that wait for a consent
        source = attributes.get("src", attributes.get("href", attributes.get("xlink:href")))
        if source is not None:
            if source.strip(BLANK):
                self._put("scripts", self._resource("script", source, attributes))
            return
        if not tag.text.strip(BLANK):
            return
        self._inline_count += 1
        if len(self._inline) < _INLINE_LIMIT:
            content = tag.text.encode("utf-8", "replace")
            found = "sha256-" + b64encode(hashlib.sha256(content).digest()).decode()
            self._inline.setdefault(found, Inline(found, tag.text.strip(BLANK)[:WORDS_LIMIT]))

    def _take_loaded(self, attributes: dict[str, str]) -> None:
        words = attributes.get("rel", "")[:200].lower().split()
        target = attributes.get("href", "")
        if not words or not target.strip(BLANK):
            return
        if "stylesheet" in words:
            self._put("styles", self._resource("stylesheet", target, attributes))
            return
        kind = next((word for word in words if word in _LOADED), "")
        if kind == "preload":
            ahead = attributes.get("as", "").lower()
            # browsers pass one over that does not say what it is (HTML, link type preload)
            kind = f"preload {ahead}" if ahead in _AHEAD else ""
        if kind:
            self._put("others", self._resource(kind, target, attributes))

    def _take_source(self, tag: Tag) -> None:
        if tag.name in _OWN and "//" not in tag.written and self._base.host == self._url.host:
            return  # a picture of the host itself, which nobody asks about
        kind = "frames" if tag.name in ("frame", "iframe") else "others"
        if len(self._resources[kind]) == MOST[kind]:
            self._full = True
            return
        attributes = tag.attributes()
        # a <source> is of what stands around it: src in sound and film, srcset in a picture
        loaded = self._around if tag.name == "source" else tag.name
        source = attributes.get(_SOURCES[tag.name], "")
        if source.strip(BLANK) and loaded not in ("", "picture"):
            one = self._resource(loaded, source, attributes)
            in_set = tag.name == "img" and ("srcset" in attributes or self._around == "picture")
            self._put(kind, replace(one, set=in_set))
        if attributes.get("poster", "").strip(BLANK):
            self._put("others", self._resource("img", attributes["poster"], {}))
        sets = attributes.get("srcset", "") if loaded in ("img", "picture") else ""
        for each in islice(_SRCSET.finditer(sets), _SET_MOST):
            url = resolved(self._base, each[1].rstrip(","))
            self._put("others", Resource("img", url, set=True))

    def _resource(self, kind: str, source: str, attributes: dict[str, str]) -> Resource:
        return Resource(
            kind,
            resolved(self._base, source),
            attributes.get("integrity", "").strip(BLANK)[:1024],
            attributes.get("crossorigin"),
        )

    def _take_form(self, tag: Tag) -> None:
        if self._form is not None:
            return  # forms do not nest: the second start is passed over
        attributes = tag.attributes()
        form = _Form(attributes.get("action", ""), attributes.get("method", "get"), [], [])
        self._form = form
        if len(self._forms) == MOST["forms"]:
            self._full = True
        else:
            self._forms.append(form)

    def _take_field(self, tag: Tag) -> None:
        attributes = tag.attributes()
        target = attributes.get("formaction", "").strip(BLANK)
        if target and self._form is not None and len(self._form.others) < 16:
            self._form.others.append(target)
        kind = attributes.get("type", "text" if tag.name == "input" else "")[:40].lower()
        if tag.name == "button" or kind in ("submit", "button", "image", "reset"):
            return
        if not self._fields_left:
            self._full = True
            return
        self._fields_left -= 1
        name, id, autocomplete = (
            attributes.get(each, "")[:NAME_LIMIT] for each in ("name", "id", "autocomplete")
        )
        field = Field(name, id, autocomplete, kind.strip() or tag.name)
        (self._fields if self._form is None else self._form.fields).append(field)

    def _take_link(self, tag: Tag) -> None:
        if len(self._links) == MOST["links"]:
            return  # a long menu is no reason to doubt what else was read
        attributes = tag.attributes()
        target = attributes.get("href", "").strip(BLANK)
        if not target or target.startswith("#") or target in self._links:
            return
        around = self._body[tag.end : tag.end + 400].partition("</a")[0]
        said = " ".join(_TAGS.sub(" ", around).split())
        label = said or attributes.get("aria-label", "") or attributes.get("title", "")
        self._links[target] = label[:WORDS_LIMIT]

    def _take_meta(self, attributes: dict[str, str]) -> None:
        found = self._metas.get(attributes.get("name", "").strip(BLANK).lower())
        if found is not None and len(found) < MOST["metas"]:
            found.append(attributes.get("content", "")[:1024])

    def document(self, status: int, cut: Cut | None, *, whole: bool) -> Document:
        """What was read."""
        return Document(
            self._url,
            self._base,
            status,
            inline=tuple(self._inline.values()),
            inline_count=self._inline_count,
            forms=tuple(form.read(self._base, self._url) for form in self._forms),
            fields=tuple(self._fields),
            links=tuple(self._own_links()),
            generators=tuple(self._metas["generator"]),
            referrers=tuple(self._metas["referrer"]),
            whole=whole and not self._full,
            cut=cut,
            scripts=tuple(self._resources["scripts"]),
            styles=tuple(self._resources["styles"]),
            frames=tuple(self._resources["frames"]),
            others=tuple(self._resources["others"]),
        )

    def _own_links(self) -> Iterator[Link]:
        seen = {self._url}
        for target, words in self._links.items():
            url = resolved(self._base, target)
            if url is None or url in seen or not is_subdomain(url.host, self._home):
                continue
            seen.add(url)
            yield Link(url, words)


@dataclass(slots=True)
class _Form:
    """A form half read."""

    action: str
    method: str
    others: list[str]
    fields: list[Field]

    def read(self, base: Url, page: Url) -> Form:
        """The form with its addresses; one without an action comes back to its own page."""
        action = self.action.strip(BLANK)
        first = resolved(base, action) if action else page
        targets = dict.fromkeys([first, *(resolved(base, each) for each in self.others)])
        method = self.method[:20].strip().lower()
        return Form(tuple(targets), method, tuple(self.fields))
