"""Settings are refused at start when wrong."""

import pytest

from vendor_risk.config import SettingsError, load


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "0", "VENDOR_RISK_PORT"),
        ("PORT_MAP", "443", "PORT:PORT"),
        ("RESOLVERS", "dns.example", "named by address"),
        ("SCAN_ALLOW_NETWORKS", "127.0.0.1/8", "host bits"),
        ("CA_FILE", "/nowhere.pem", "not a readable file"),
        ("DATABASE_URL", "mysql://x", "sqlite:///"),
        ("TIMEZONE", "Mars", "no time zone"),
        ("BASE_URL", "ftp://risk.example", "no web address"),
        ("BASE_URL", "risk.example", "no web address"),
        ("SMTP_URL", "mail.example.com:587", "smtp://USER:PASSWORD@HOST:PORT"),
        ("SMTP_URL", "smtp://mail.example.com:abc", "VENDOR_RISK_SMTP_URL"),
        ("LOG_LEVEL", "loud", "VENDOR_RISK_LOG_LEVEL"),
    ],
)
def test_a_wrong_setting_is_named_with_a_hint(monkeypatch, name, value, words):
    """The message names the variable and says what is expected."""
    monkeypatch.setenv(f"VENDOR_RISK_{name}", value)

    with pytest.raises(SettingsError, match=words):
        load()


def test_lists_and_maps_are_written_with_commas(monkeypatch):
    """Nobody has to write JSON into an environment variable."""
    monkeypatch.setenv("VENDOR_RISK_RESOLVERS", "127.0.0.1:5300, [::1]:5301,9.9.9.9")
    monkeypatch.setenv("VENDOR_RISK_PORT_MAP", "443:8443,80:8080")

    settings = load()

    assert settings.resolvers == ("127.0.0.1:5300", "[::1]:5301", "9.9.9.9")
    assert settings.port_map == {443: 8443, 80: 8080}


def test_postgresql_is_spoken_by_psycopg_3(tmp_path):
    """The plain address that people write gets the driver that is installed."""
    assert load(database_url="postgresql://u@h/n").database == "postgresql+psycopg://u@h/n"
    assert load(data_dir=tmp_path).database == f"sqlite:///{tmp_path}/vendor-risk.db"
