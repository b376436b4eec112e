"""Risk models in a real browser: sound at every width and in both themes."""

import pytest
from sqlmodel import select

from tests import own_models, rated
from tests.browser.harness import audit
from vendor_risk.jobs import models as job
from vendor_risk.store.models.people import User
from vendor_risk.store.models.risk_models import ModelRun
from vendor_risk.workflow import models, scores

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
]

ARABIC = "شركة النيل للدفع والتسوية الإلكترونية"
HARSH = (("self: 6500", "self: 4000"), ("medium: 2500, high: 4500", "medium: 2000, high: 3500"))


@pytest.fixture
def trial(enter, database, settings, clock):
    """The id of a trial that is done, beside a file that is refused and one that came later."""
    enter("admin")
    folder = settings.own_models_dir
    own_models.drop(folder, content=own_models.text("1.1.0-harsh", *HARSH))
    own_models.drop(folder, f"{'a-long-name-' * 9}.yaml", own_models.text("1.0.0"))
    with database.transaction() as session:
        vendor, _engagement = rated.rated(session, ARABIC, clock())
        for name, step in (("Parcel Pay", 1), ("Mailings " + "x" * 80, 2), ("Carrier", 0)):
            levels = {key: min(4, level + step) for key, level in rated.LEVELS.items()}
            vendor, engagement = rated.make(session, name, clock(), levels=levels)
            rated.answer_all(session, vendor, engagement, clock())
            scores.rescore(session, [vendor.id], now=clock(), cause=scores.FACTS)
        actor = session.exec(select(User.id)).first()
        offer = next(o for o in models.offers(session, folder) if o.version == "1.1.0-harsh")
        by = {"now": clock(), "actor": actor, "enqueue": lambda *_, **__: None}
        run_id = models.begin_trial(session, offer, **by).id
    job.run(database, run_id)
    with database.transaction() as session:  # a second one waits
        models.begin_trial(session, offer, **by)
    return run_id


def test_models_are_sound(context, address, trial, database):
    """The list with a run under way, the result, and the page that asks for a reason."""
    assert audit(context, f"{address}/settings/models") == []
    assert audit(context, f"{address}/settings/models/trials/{trial}") == []
    with database.transaction() as session:
        waiting = session.exec(select(ModelRun).where(ModelRun.slot == 1)).one()
        waiting.slot, waiting.state = None, "stopped"
    switch = f"{address}/settings/models/trials/{trial}/switch"
    assert audit(context, switch, themes=["light"]) == []
    assert audit(context, f"{address}/settings", themes=["light"]) == []
