"""A Monday morning: what people share, hand over and look at again, as they do it on the pages."""

import html
import re

import pytest

from tests import rated
from tests.factories import NOON
from vendor_risk.evidence import Source
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import families

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

BY = {"now": NOON, "actor": "test"}
HIDDEN = re.compile(r'<input[^>]*name="revision"[^>]*value="(\d*)"')


class Browser:
    """A signed-in person who opens pages and sends forms; it counts what it asks for."""

    def __init__(self, client, csrf):
        self.client, self.csrf, self.asked = client, csrf, 0

    def see(self, path, status=200):
        self.asked += 1
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text[-800:]
        return html.unescape(answer.text)

    def send(self, path, status=302, **typed):
        self.asked += 1
        data = {"csrf_token": self.csrf(self.client), **typed}
        answer = self.client.post(path, data=data, buffered=True)
        assert answer.status_code == status, answer.text[-1500:]
        return answer


@pytest.fixture
def analyst(client, sign_in, csrf):
    """An analyst at work."""
    browser = Browser(client, csrf)
    browser.person = sign_in(client, "analyst")
    return browser


def words(page):
    """The text of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_what_the_parent_proved_is_ticked_on_the_form_and_named_in_the_score(analyst, database):
    """One tick on the page of the engagement; the lines say which evidence is the parent's."""
    with database.transaction() as session:
        child, bought = rated.make(session, "Child", NOON)
        parent, _ = rated.make(session, "Parent & Sons", NOON)
        rated.claim(session, parent, "AC-01", NOON, source=Source.AUDITED)
        rated.finding(session, parent, "WB-02", NOON)
        session.flush()
        form = f"/vendors/{child.id}/engagements/{bought.id}"
        child_id, parent_id, bought_id = child.id, parent.id, bought.id

    assert "Set the parent company" in analyst.see(form)
    answers = rated.LEVELS | {"name": "Child service"}
    refused = analyst.send(form, 422, **answers, revision=1, inherits="y")
    assert "has no parent company" in refused.text
    with database.transaction() as session:
        both = session.get_one(Vendor, child_id), session.get_one(Vendor, parent_id)
        families.set_parent(session, *both, None, **BY)
    assert "Parent & Sons" in analyst.see(form)
    analyst.send(form, **answers, revision=1, inherits="y")
    with database.reading() as session:
        assert session.get_one(Engagement, bought_id).inherits
        assert session.get_one(Engagement, bought_id).final > 0

    score = words(analyst.see(f"{form}/score"))
    assert "from the parent, Parent & Sons" in score
    assert "of the parent, Parent & Sons" in score
    assert "that of Parent & Sons counts too" in words(
        analyst.see(f"/vendors/{child_id}/engagements")
    )
    conflict = words(analyst.send(form, 409, **answers, revision=1).text)
    assert "Counts what the parent proved yes no" in conflict
