"""Where the keys come from, and when they are refused."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from vendor_risk.store.encryption import EncryptionError
from vendor_risk.store.keys import load_keys, parse_keys

ONE = "1:" + "ab" * 32


def test_keys_are_made_once(tmp_path):
    """The second start finds the keys of the first."""
    first = load_keys("", "", tmp_path / "keys.json")
    second = load_keys("", "", tmp_path / "keys.json")

    assert (first.ring.ids, first.session_secret) == (second.ring.ids, second.session_secret)


def test_web_and_worker_starting_together_agree(tmp_path):
    """When several processes make the keys at once, all end up with the same."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_keys("", "", tmp_path / "keys.json"), range(8)))

    assert len({keys.session_secret for keys in made}) == 1


def test_key_file_is_for_its_owner_alone(tmp_path):
    """Nobody else can read the keys."""
    load_keys("", "", tmp_path / "keys.json")

    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o606])
def test_key_file_that_others_may_read_or_change_is_refused(tmp_path, mode):
    """A file that is open to others is refused with the command that mends it."""
    path = tmp_path / "keys.json"
    load_keys("", "", path)
    path.chmod(mode)

    with pytest.raises(EncryptionError, match=f"chmod 600 {path}"):
        load_keys("", "", path)


def test_settings_need_no_file(tmp_path):
    """With both settings nothing is written to disk."""
    load_keys(ONE, "secret", tmp_path / "keys.json")

    assert list(tmp_path.iterdir()) == []


def test_setting_wins_over_the_file(tmp_path):
    """A key from the settings is used though a file has another."""
    load_keys("", "", tmp_path / "keys.json")

    assert load_keys(ONE, "", tmp_path / "keys.json").ring.ids == (1,)


def test_first_key_of_the_setting_writes():
    """The order of the setting is the order of the ring."""
    assert parse_keys(f"5:{'cd' * 32},{ONE}").writes == 5


@pytest.mark.parametrize(
    "setting", ["x", "1:ab", f"one:{'ab' * 32}", f"{ONE},{ONE}", f"{ONE},", "0:" + "ab" * 32]
)
def test_wrong_setting_is_refused(setting):
    """A key that is none, or one id twice, stops the start."""
    with pytest.raises(EncryptionError):
        parse_keys(setting)


def test_wrong_setting_is_not_repeated_in_the_error():
    """An error message does not carry a key into the log."""
    with pytest.raises(EncryptionError) as caught:
        parse_keys(f"{ONE},2:{'ef' * 31}")

    assert "efef" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", '{"secret_key": "x"}'])
def test_damaged_file_is_not_replaced(tmp_path, content):
    """A damaged key file is reported; making new keys would hide that the old are lost."""
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(EncryptionError, match="damaged"):
        load_keys("", "", path)


def test_new_keys_have_a_new_id(tmp_path):
    """Keys made anew never go by the id of lost ones, so that the loss is told as a loss."""
    first = load_keys("", "", tmp_path / "a" / "keys.json")
    second = load_keys("", "", tmp_path / "b" / "keys.json")

    assert first.ring.ids != second.ring.ids


def test_file_holds_what_an_operator_must_back_up(tmp_path):
    """The file has the encryption keys and the session secret, and nothing else."""
    load_keys("", "", tmp_path / "keys.json")

    assert set(json.loads((tmp_path / "keys.json").read_text())) == {
        "encryption_keys",
        "secret_key",
    }


def test_folder_that_cannot_be_written_is_named_with_the_mend(tmp_path):
    """A disk that takes no keys stops the start with a sentence, not with a traceback."""
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(EncryptionError, match="VENDOR_RISK_ENCRYPTION_KEYS"):
        load_keys("", "", tmp_path / "file" / "keys.json")
