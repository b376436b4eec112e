"""Fills static/vendor/ and vendor_risk/_data/ from npm packages, for checkout and wheel."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
REFERENCE = ROOT / "vendor_risk" / "_data" / "reference"  # where a wheel has it too

INTER = "inter-{subset}-{weight}-normal.woff2"
SUBSETS = ("latin", "latin-ext", "greek", "cyrillic")
FILES = {
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "LICENSE.bootstrap": "bootstrap/LICENSE",
    "LICENSE.htmx": "htmx.org/LICENSE",
    "LICENSE.tabler-icons": "@tabler/icons/LICENSE",
    "LICENSE.inter": "@fontsource-variable/inter/LICENSE",
    # the variable font serves the pages, the static ones the PDF
    **{
        f"fonts/inter-{subset}-wght-normal.woff2": "@fontsource-variable/inter/files/"
        + INTER.format(subset=subset, weight="wght")
        for subset in SUBSETS
    },
    **{
        f"fonts/inter-{subset}-{weight}-normal.woff2": "@fontsource/inter/files/"
        + INTER.format(subset=subset, weight=weight)
        for subset in SUBSETS
        for weight in (400, 500, 600, 700)
    },
}


def icons_used() -> list[str]:
    """The names of the icons that templates/_ui/icons.txt lists, one a line."""
    lines = (ROOT / "templates" / "_ui" / "icons.txt").read_text().splitlines()
    return sorted({line.strip() for line in lines if line.strip() and not line.startswith("#")})


def sprite(names: list[str]) -> str:
    """One SVG whose symbols are the named Tabler icons; an unknown name is an error."""
    symbols = []
    for name in names:
        source = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text()
        body = re.sub(r"<!--.*?-->", "", source, flags=re.S)
        inner = re.search(r"<svg[^>]*>(.*)</svg>", body, flags=re.S)
        if inner is None:
            raise ValueError(f"{name}.svg holds no drawing")
        shapes = " ".join(inner.group(1).split())
        symbols.append(
            f'<symbol id="i-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def owners(entities: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Each domain of third-party-web with its owner and category; `*.` stands before all below."""
    return {
        domain: [entity["name"], entity["category"]]
        for entity in entities
        for domain in entity["domains"]
    }


def fill_reference() -> None:
    """Write the tables that checks compare with, and their licences."""
    package = MODULES / "third-party-web"
    REFERENCE.mkdir(parents=True, exist_ok=True)
    entities = json.loads((package / "dist" / "entities-nostats.json").read_text("utf-8"))
    table = json.dumps(owners(entities), ensure_ascii=False, indent=0, sort_keys=True)
    (REFERENCE / "owners.json").write_text(table + "\n", "utf-8")
    shutil.copyfile(package / "LICENSE", REFERENCE / "LICENSE.third-party-web")


def fill() -> None:
    """Copy the third-party assets with their licences; needs `npm ci` to have run."""
    if not MODULES.is_dir():
        raise FileNotFoundError(f"{MODULES} is missing: run `./run setup`, which calls npm ci")
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for target, source in FILES.items():
        path = fresh / target
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, path)
    (fresh / "icons.svg").write_text(sprite(icons_used()))
    lock = json.loads((ROOT / "package-lock.json").read_text())
    versions = {
        name.removeprefix("node_modules/"): package["version"]
        for name, package in lock["packages"].items()
        if name and not package.get("dev")
    }
    (fresh / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)
    fill_reference()


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # called by ./run before the build tools are there
    pass
else:

    class CustomBuildHook(BuildHookInterface[Any]):
        """Makes sure that a wheel never leaves without its assets."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Fill both folders before the files are collected."""
            del build_data
            made = (VENDOR / "icons.svg", REFERENCE / "owners.json")
            if version != "editable" and not all(path.is_file() for path in made):
                fill()


if __name__ == "__main__":
    fill()
    sys.stdout.write(f"filled {VENDOR}\n")
