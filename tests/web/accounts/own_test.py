"""One's own name, time zone and theme."""

from tests.web.accounts.conftest import both
from vendor_risk.store.models.people import User


@both
def test_name_and_zone_are_kept(client, sign_in, post, database):
    """What one sets about oneself is there on the next visit."""
    user = sign_in(client, "requester")
    post(client, "/own", name="Ann Lee", timezone="Europe/Berlin")

    with database.reading() as session:
        kept = session.get_one(User, user.id)
    assert (kept.name, kept.timezone) == ("Ann Lee", "Europe/Berlin")


def test_wrong_zone_is_refused(client, sign_in, post):
    """A zone that does not exist is a form error."""
    sign_in(client, "requester")

    assert post(client, "/own", name="Ann", timezone="Mars/Base").status_code == 422


def test_theme_is_remembered_with_the_account(app, client, sign_in, post):
    """Another browser of the same person looks the same."""
    user = sign_in(client, "requester")
    post(client, "/preferences", theme="dark", next="/own")
    other = app.test_client()
    sign_in(other, user=user)

    assert 'data-theme="dark"' in other.get("/own").text


def test_stranger_chooses_a_theme_too(client, post):
    """The sign-in page can be dark."""
    post(client, "/preferences", theme="dark")

    assert 'data-theme="dark"' in client.get("/login").text


def test_auditor_changes_own_settings(client, sign_in, post):
    """An auditor changes nothing of the product but may change their own name."""
    sign_in(client, "auditor")

    assert post(client, "/own", name="Max", timezone="").status_code == 302


@both
def test_name_is_cleaned(client, sign_in, post, database):
    """Of characters that no database can keep."""
    user = sign_in(client, "requester")
    post(client, "/own", name=" Ann\0  Lee ", timezone="")

    with database.reading() as session:
        assert session.get_one(User, user.id).name == "Ann Lee"


def test_name_of_nothing_is_refused(client, sign_in, post):
    """Blanks are no name."""
    sign_in(client, "requester")

    assert post(client, "/own", name=" \0 ", timezone="").status_code == 422
