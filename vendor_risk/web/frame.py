"""What every template may count on: asset URLs, the theme, filters for dates and numbers.

`install(app)` gives templates
    asset(path)            URL of a static file with its content hash; served as immutable
    url_with(**changes)    this page's URL with query arguments changed; None takes one away
    page_language(), page_direction()          of <html>
    filters                day, moment, due, age, number, points, exact, percent, money, file_size,
                           headed, blocks
    theme, shortcuts       "auto" | "light" | "dark", and whether single keys ("/", "1") act

templates/base.html also reads, from a context processor of the application,
    nav                    [{url, label, icon, count, current, group}], group optional
    person                 {name, role, initials} or None
    frame_urls             {home, search, help, sign_out, preferences}; what is missing is not shown
The preferences URL takes by POST `theme`, `shortcuts` ("on" | "off") or `language` and `next`; it
keeps them in the session under those names (see `remember`) or with the person.
"""

import datetime
import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import flask_babel
from babel.numbers import get_currency_precision, get_decimal_symbol
from flask import Flask, Response, flash, request, session
from markupsafe import Markup

from vendor_risk.languages import OFFERED, day_pattern
from vendor_risk.refusals import Refused
from vendor_risk.reports import score_words
from vendor_risk.reports.blocks import blocks

THEMES = ("auto", "light", "dark")
HASH_DIGITS = 12  # 48 bits: enough to tell versions of one file apart
YEAR = 365 * 24 * 3600  # of a file whose address changes with its content


@lru_cache(maxsize=512)
def _digest(path: Path, modified_ns: int, size: int) -> str:
    del modified_ns, size  # part of the key, so that an edited file gets a new hash
    return hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_DIGITS]


def fingerprint(path: Path) -> str:
    """The first digits of the SHA-256 of the file; FileNotFoundError when it is not there."""
    facts = path.stat()
    return _digest(path, facts.st_mtime_ns, facts.st_size)


def asset_urls(static_dir: Path, prefix: str = "/static") -> Callable[[str], str]:
    """A function from "css/app.css" to "/static/css/app.css?v=<content hash>"."""

    def asset(path: str) -> str:
        return f"{prefix}/{path}?v={fingerprint(static_dir / path)}"

    return asset


def chosen_theme(*wishes: object) -> str:
    """The first wish that is a theme; "auto", which follows the system, when none is."""
    return next((str(wish) for wish in wishes if wish in THEMES), "auto")


def local_path(target: str | None, otherwise: str = "/") -> str:
    """The target when it is a path on this site, so that a form cannot send people elsewhere."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return otherwise
    if "\\" in target or any(ord(character) < 32 for character in target):
        return otherwise  # browsers read "\" as "/" and drop tabs and line breaks
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target


def remember(form: Mapping[str, str]) -> str:
    """The session keeps what the form names of these; returns where to go on."""
    if form.get("theme") in THEMES:
        session["theme"] = form["theme"]
    if form.get("shortcuts") in ("on", "off"):
        session["shortcuts"] = form["shortcuts"]
    if form.get("language") in OFFERED:
        session["language"] = form["language"]
    return local_path(form.get("next"))


def notice(
    text: str, *, kind: str = "success", undo: str = "", about: tuple[str, str] = ("", "")
) -> None:
    """The next page shows the text, with an Undo button when there is a URL that takes it back.

    `about` is what the text is about, as words and URL, for a link behind the text.
    kind is "success", "info", "warning" or "error".
    """
    words, url = about
    said = {"text": str(text), "undo": undo, "words": words, "url": url}
    flash(said, kind)  # type: ignore[arg-type]  # a session keeps JSON


def url_with(**changes: object) -> str:
    """The URL of this page with query arguments changed; None takes an argument away."""
    query = request.args.to_dict(flat=False)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = [str(value)]
    text = urlencode(query, doseq=True)
    path = f"{request.script_root}{request.path}"
    return f"{path}?{text}" if text else path


def page_number() -> int:
    """Which page of a list the address asks for: the first unless it names another.

    A number of nine digits or more is none: no list is as long, and no database counts as far.
    """
    value = request.args.get("page", "").strip()
    named = value.isascii() and value.isdigit() and len(value) < 9
    return max(1, int(value)) if named else 1


def day_words(value: datetime.date) -> str:
    """21 Nov 2026, in the reader's language, as a letter and a chart say it."""
    return str(flask_babel.format_date(value, day_pattern(_language())))


def day(value: datetime.date | datetime.datetime | None) -> Markup | str:
    """21 Nov 2026, as <time>; a moment is taken in the reader's zone; nothing for None."""
    if value is None:
        return ""
    date: datetime.date = value
    if isinstance(value, datetime.datetime):
        date = flask_babel.to_user_timezone(value).date()
    words = day_words(date)
    return Markup('<time datetime="{}">{}</time>').format(date.isoformat(), words)


def moment(value: datetime.datetime | None) -> Markup | str:
    """21 Nov 2026, 06:10 CET, as <time> in the reader's zone; nothing for None."""
    if value is None:
        return ""
    local = flask_babel.to_user_timezone(value)
    # Babel's own zone names are offsets in most languages; the zone database says CET
    pattern = f"{day_pattern(_language())}, HH:mm"
    words = f"{flask_babel.format_datetime(value, pattern)} {local.tzname()}"
    iso = value.astimezone(datetime.UTC).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(iso, words)


def due(value: datetime.date | None, today: datetime.date) -> str:
    """How far off a date is: "4 days late", "today", "in 6 days"; nothing for None."""
    if value is None:
        return ""
    days = (value - today).days
    if days == 0:
        return str(flask_babel.gettext("today"))
    if days < 0:
        return str(flask_babel.ngettext("%(num)d day late", "%(num)d days late", -days))
    return str(flask_babel.ngettext("in %(num)d day", "in %(num)d days", days))


def age(value: datetime.date | None, today: datetime.date) -> str:
    """How old a date is, in the largest unit of which there are two; nothing for None."""
    if value is None:
        return ""
    days = max(0, (today - value).days)
    if days < 61:  # two months
        return str(flask_babel.ngettext("%(num)d day", "%(num)d days", days))
    if days < 731:  # two years
        return str(flask_babel.ngettext("%(num)d month", "%(num)d months", days * 12 // 365))
    return str(flask_babel.ngettext("%(num)d year", "%(num)d years", days // 365))


def number(value: float) -> str:
    """12,345 in the reader's notation."""
    return str(flask_babel.format_number(value))


def points(hundredths: int) -> str:
    """A score kept in 1/100 of a point as whole points, cut so that no grade line is crossed."""
    return str(hundredths // 100)


def exact(hundredths: int) -> str:
    """A number kept in 1/100 with both decimals, in the reader's notation."""
    return score_words.exact(hundredths, _mark())


def signed(hundredths: int) -> str:
    """A change in 1/100 with its sign, in the reader's notation."""
    return score_words.signed(hundredths, _mark())


def _mark() -> str:
    return str(get_decimal_symbol(flask_babel.get_locale() or "en"))


def said(words: Refused | str) -> str:
    """A refusal, or a text that was kept in English, in the language of the page.

    Unlike `_` in a template it takes no percent sign of a kept text for a place.
    """
    if isinstance(words, Refused):
        return words.said(flask_babel.gettext)
    return str(flask_babel.gettext(words)) if words else ""


def percent(ten_thousandths: int) -> str:
    """A share kept in 1/10000 as whole percent, cut so that no threshold is crossed."""
    return str(flask_babel.format_percent(Decimal(ten_thousandths // 100).scaleb(-2)))


def money(minor: int | None, currency: str) -> str:
    """An amount in minor units with its currency, without an empty fraction; nothing for None."""
    if minor is None:
        return ""
    digits = get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-digits)
    whole = amount == amount.to_integral_value()
    number_words = flask_babel.format_decimal(
        amount, format="#,##0" if whole else f"#,##0.{'0' * digits}"
    )
    return f"{currency}\N{NO-BREAK SPACE}{number_words}"


def file_size(size: int) -> str:
    """412 KB, 1.4 MB: powers of 1000, as file managers show."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size // 1000} KB"
    return f"{flask_babel.format_decimal(size / 1_000_000, format='0.#')} MB"


def _language() -> str:
    return str(flask_babel.get_locale() or "en").replace("_", "-")


def headed(text: str) -> str:
    """The text with a capital at its head; the others stay, as German nouns have theirs."""
    return text[:1].upper() + text[1:]


def _direction() -> str:
    locale = flask_babel.get_locale()
    return str(locale.text_direction) if locale else "ltr"


def install(app: Flask) -> None:
    """Templates of the application have everything that the head of this module names."""
    static_dir = Path(app.static_folder or "static")
    urls = asset_urls(static_dir, app.static_url_path or "/static")

    def asset(path: str) -> str:
        return f"{request.script_root}{urls(path)}"

    app.jinja_env.globals.update(
        asset=asset,
        url_with=url_with,
        page_language=_language,
        page_direction=_direction,
    )
    for rule in (day, moment, due, age, number, points, exact, percent, money, file_size):
        app.jinja_env.filters[rule.__name__] = rule
    app.jinja_env.filters |= {"blocks": blocks, "headed": headed, "said": said}

    @app.context_processor
    def _choices() -> dict[str, Any]:
        return {
            "theme": chosen_theme(session.get("theme")),
            "shortcuts": session.get("shortcuts") != "off",
            "frame_urls": {},
            "nav": [],
            "person": None,
        }

    @app.after_request
    def _cache_static(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code not in (200, 304):
            return response
        path = static_dir / str((request.view_args or {}).get("filename", ""))
        if request.args.get("v") == fingerprint(path):
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        else:  # an old page asks a new server: a year-long answer would be a wrong one
            response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
