"""Brings every catalogue up to date with the texts of code and templates: ./run translations.

New texts come in untranslated, those that are gone go, and nothing is guessed ("fuzzy"). Says how
much of each catalogue is translated.
"""

import ast
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "translations"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
}
REFUSALS = {  # each a vendor_risk.refusals.Refused, so that a page can say it in its language
    "Refused",
    "VendorRefused",
    "CsvRefused",
    "DeclarationRefused",
    "MergeRefused",
    "PeopleError",
    "TargetRefused",
}
_KINDS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
_HEADER = "# Texts of vendor-risk; docs/translating.md says how to change them."
_FOLDERS = ("vendor_risk", "templates")


def _ours(folder: str | os.PathLike[str]) -> bool:
    return Path(folder).name not in ("_data", "__pycache__")  # what a wheel has is here already


def texts() -> Catalog:
    """Every text that is marked in code and templates."""
    found = Catalog(project="vendor-risk")
    for folder in _FOLDERS:
        rows = extract_from_dir(ROOT / folder, _KINDS, keywords=KEYWORDS, directory_filter=_ours)
        for name, _line, message, _comments, context in sorted(rows, key=lambda row: row[:2]):
            place = (f"{folder}/{name}", 0)
            found.add(message, locations=[place], context=context)
    for path in sorted((ROOT / "vendor_risk").rglob("*.py")):
        for text in _refusals(path.read_text("utf-8")):
            found.add(text, locations=[(str(path.relative_to(ROOT)), 0)])
    return found


def refusing(source: str) -> Iterator[ast.Call]:
    """Each place where a refusal is made that people are shown."""
    if "Refused" not in source and "PeopleError" not in source:
        return
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and call.args and isinstance(call.func, ast.Name)):
            continue
        if call.func.id in REFUSALS:
            yield call


def patterns(call: ast.Call) -> Iterator[ast.expr]:
    """What may be the words of the refusal."""
    first = call.args[0]
    yield from (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)


def _refusals(source: str) -> Iterator[str]:
    """What refuses a step is said to people: the first argument, if literal."""
    for call in refusing(source):
        for text in patterns(call):
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def kept(path: Path) -> Catalog:
    """The catalogue of a language."""
    with path.open("rb") as source:
        return read_po(source, locale=path.parent.name)


def files() -> list[Path]:
    """The catalogue of every language but English."""
    return sorted(CATALOGUES.glob("*/messages.po"))


def translated(catalogue: Catalog) -> tuple[int, int]:
    """How many texts are translated, and of how many."""
    rows = [message for message in catalogue if message.id]
    return sum(
        bool(row.string and (row.string if isinstance(row.string, str) else all(row.string)))
        for row in rows
    ), len(rows)


def written(catalogue: Catalog) -> bytes:
    """The file of a catalogue: by place, without line numbers, so that branches merge."""
    out = io.BytesIO()
    write_po(
        out,
        catalogue,
        width=0,
        sort_by_file=True,
        include_lineno=False,
        omit_header=False,
        ignore_obsolete=True,
    )
    return out.getvalue()


def update(path: Path, fresh: Catalog) -> Catalog:
    """The catalogue has the texts of today, each with the translation that it had."""
    old = kept(path)
    new = Catalog(
        locale=old.locale, project="vendor-risk", version="1", fuzzy=False, header_comment=_HEADER
    )
    new.creation_date = new.revision_date = old.creation_date
    for message in fresh:
        if not message.id:
            continue
        before = old.get(message.id, message.context)
        string = before.string if before is not None and "fuzzy" not in before.flags else None
        if not message.pluralizable and isinstance(string, tuple):
            string = string[0]  # it was counted before
        elif message.pluralizable and isinstance(string, str):
            string = None
        new.add(
            message.id,
            string,
            locations=message.locations,
            flags=message.flags,
            context=message.context,
        )
    path.write_bytes(written(new))
    return new


if __name__ == "__main__":
    fresh = texts()
    for path in files():
        done, every = translated(update(path, fresh))
        sys.stdout.write(f"{path.parent.name}: {done} of {every} texts ({100 * done // every} %)\n")
