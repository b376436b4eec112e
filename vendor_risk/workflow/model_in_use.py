"""The risk model that stored scores are computed by, and those that older scores name."""

from typing import Any

from sqlmodel import Session, select

from vendor_risk.scoring.model import Model, load, read, shipped
from vendor_risk.store.models.risk_models import RiskModel
from vendor_risk.store.models.work import Setting
from vendor_risk.workflow import held

MODEL = "model"  # the key of the setting: version and hash; absent, the newest that we ship

_known: dict[str, Model] = {}  # by hash, which never changes its content


def in_use(session: Session) -> Model:
    """The model that scores are computed by from now on.

    Asked of the database anew each time: a job that waited for a lock goes by what holds then.
    """
    return _named(session, session.exec(select(Setting.value).where(Setting.key == MODEL)).first())


def as_begun(session: Session) -> Model:
    """The model in use when the transaction asked for its first setting.

    For what no lock is needed, such as how often vendors are scanned.
    """
    told: Any = held.value(session, MODEL)
    return _named(session, told)


def _named(session: Session, told: Any) -> Model:
    if told is None:
        return load()
    model = by_hash(session, told["sha256"])
    if model is None:
        raise LookupError(f"the risk model {told['version']} that is in use is gone")
    return model


def by_hash(session: Session, sha256: str) -> Model | None:
    """The model of that hash: one that we ship, or that was in use once; None when it is gone."""
    if sha256 in _known:
        return _known[sha256]
    row = session.exec(select(RiskModel.content).where(RiskModel.sha256 == sha256)).first()
    for content in (row, *shipped().values()):
        if content is None:
            continue
        model = read(content)
        _known[model.sha256] = model
        if model.sha256 == sha256:
            return model
    return None


def by_version(session: Session, version: str) -> Model | None:
    """The model of that version: one that we ship, or that was in use once; None when gone."""
    if version in shipped():
        return load(version)
    sha256 = session.exec(select(RiskModel.sha256).where(RiskModel.version == version)).first()
    return by_hash(session, sha256) if sha256 else None
