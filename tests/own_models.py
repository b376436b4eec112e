"""Risk models that an operator could drop into the folder."""

from pathlib import Path

from vendor_risk.scoring.model import shipped

STRICTER = (("self: 6500", "self: 5000"), ("2: {from: 50", "2: {from: 30"))


def text(version: str = "1.1.0", *changes: tuple[str, str]) -> str:
    """The shipped file under another version, with these words changed; else a stricter one."""
    told = shipped()["1.0.0"].decode().replace('version: "1.0.0"', f'version: "{version}"')
    for old, new in changes or STRICTER:
        assert old in told
        told = told.replace(old, new)
    return told


def drop(folder: Path, name: str = "ours.yaml", content: str | None = None) -> Path:
    """A file lies in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text() if content is None else content)
    return path
