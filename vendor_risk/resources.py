"""Where templates/, static/ and questionnaires/ are: inside the wheel, or beside the package."""

from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def data_dir(name: str) -> Path:
    """The folder of that name; FileNotFoundError when this install lacks it."""
    package = Path(str(files("vendor_risk")))
    for path in (package / "_data" / name, package.parent / name):
        if path.is_dir():
            return path
    raise FileNotFoundError(
        f"{name}/ is missing from this install of vendor-risk: install it again"
    )


@cache
def checkout() -> Path | None:
    """The folder of a source checkout, or None in an installed wheel."""
    root = Path(str(files("vendor_risk"))).parent
    return root if (root / "pyproject.toml").is_file() else None
