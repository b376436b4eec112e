"""The questionnaires that ship: where their files are, read against the risk model."""

from pathlib import Path

from vendor_risk.questionnaires import chosen
from vendor_risk.questionnaires.template import Template, parse
from vendor_risk.resources import data_dir
from vendor_risk.scoring.asking import known
from vendor_risk.scoring.model import Model

CONTRACTOR_ACCESS = chosen.CONTRACTOR_ACCESS


def shipped() -> tuple[Path, ...]:
    """The files that ship, by name."""
    return tuple(sorted(data_dir("questionnaires").glob("*.yaml")))


def read(path: Path, model: Model | None = None) -> Template:
    """The questionnaire of a file; OSError or TemplateRefused where there is none."""
    return parse(path.read_bytes(), known(model))


def called(id: str, model: Model | None = None) -> Template:
    """The questionnaire that ships under this id; LookupError where none does."""
    by_name = {path.stem: path for path in shipped()}
    if id not in by_name:
        raise LookupError(f"there is no questionnaire {id}; there are: {', '.join(by_name)}")
    return read(by_name[id], model)
