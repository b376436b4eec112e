"""The application as a whole: its headers, its cookie, its start."""


def test_stranger_is_sent_to_sign_in(client):
    """A page for people with an account sends a stranger to sign in, and back afterwards."""
    answer = client.get("/own?x=1")

    assert (answer.status_code, answer.location) == (302, "/login?next=/own?x%3D1")


def test_person_gets_the_page(client, sign_in):
    """A person who is signed in sees a page for signed-in people."""
    sign_in(client, "requester")

    assert client.get("/own").status_code == 200
