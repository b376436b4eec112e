"""The set-up: locks, the shell script, and the containers that no engine tries here."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LOCKS = sorted(ROOT.glob("*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_versions_and_hashes_only(lock):
    """No address of a registry is written into a lock."""
    text = lock.read_text()

    assert "http" not in text
    assert all("==" in line for line in text.splitlines() if line and line[0] not in " #")
    assert text.count("--hash=sha256:") >= text.count("==")


def test_the_npm_lock_names_no_download_address():
    """Packages of the pages are pinned by version and hash."""
    text = (ROOT / "package-lock.json").read_text()

    assert '"resolved"' not in text
    assert text.count('"integrity"') >= 6


def test_the_runtime_lock_is_a_part_of_the_development_lock():
    """What is tested is what runs."""
    pins = {
        name: set(re.findall(r"^([a-z0-9.\[\]-]+==\S+)", (ROOT / name).read_text(), re.M))
        for name in ("requirements.lock", "requirements-dev.lock")
    }

    assert pins["requirements.lock"] <= pins["requirements-dev.lock"]


@pytest.mark.parametrize(
    "command",
    [["shellcheck", "run", ".ci/run"], ["hadolint", "Dockerfile"]],
    ids=lambda command: command[0],
)
def test_scripts_and_containers_pass_their_linters(command):
    """shellcheck and hadolint have nothing to say."""
    ran = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("words", [[], ["help"]], ids=["none", "help"])
def test_the_script_shows_what_there_is(tmp_path, words):
    """Whoever types `./run` alone gets the help of the product, not an error."""
    (tmp_path / "run").write_bytes(
        (ROOT / "run").read_bytes().replace(b"  setup run\n    V", b"  V")
    )
    product = tmp_path / ".venv" / "bin" / "vendor-risk"
    product.parent.mkdir(parents=True)
    product.write_text('#!/bin/sh\necho "$VENDOR_RISK_COMMAND:" "$@"\n')
    product.chmod(0o755)

    ran = subprocess.run(
        ["sh", "./run", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout) == (0, "./run: --help\n"), ran.stderr


def test_compose_names_every_secret_and_no_value():
    """A secret comes from the environment, and its absence is an error before anything starts."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    assert set(services) == {"database", "migrate", "web", "worker"}
    for name in ("POSTGRES_PASSWORD",):
        assert services["database"]["environment"][name].startswith("${" + name + ":?")
    for name in ("VENDOR_RISK_ENCRYPTION_KEYS", "VENDOR_RISK_SECRET_KEY"):
        assert services["web"]["environment"][name].startswith("${" + name + ":?")


def test_compose_starts_commands_that_exist():
    """The words behind `command:` are commands of the product."""
    from vendor_risk.cli import main

    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    words = {service["command"][0] for service in services.values() if "command" in service}

    assert words <= set(main.commands)


def test_the_image_copies_locks_and_no_secrets():
    """The build context leaves keys, databases and environments out."""
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert {"var", ".env", ".git"} <= set(ignored)


def test_a_clean_checkout_has_no_generated_files():
    """static/vendor, node_modules and var are never committed."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "static/vendor",
            "vendor_risk/_data",
            "node_modules",
            "var",
            ".venv",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert listed == ""


def test_a_clean_checkout_has_every_folder_that_the_wheel_takes_in():
    """An empty folder is on the disk of its author only: no commit carries it."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]

    for folder in taken:
        listed = subprocess.run(
            ["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        assert listed, f"nothing of {folder}/ is committed"


def test_a_wheel_carries_pages_styles_fonts_and_icons(tmp_path):
    """An installed wheel needs no Node and no checkout."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {
        "vendor_risk/_data/templates/base.html",
        "vendor_risk/_data/static/css/app.css",
        "vendor_risk/_data/static/vendor/icons.svg",
        "vendor_risk/_data/static/vendor/fonts/inter-latin-400-normal.woff2",
        "vendor_risk/_data/static/vendor/LICENSE.bootstrap",
        "vendor_risk/_data/reference/owners.json",
        "vendor_risk/_data/reference/LICENSE.third-party-web",
        "vendor_risk/scoring/models/1.0.0.yaml",
    } <= names
    assert not any("node_modules" in name or "tests/" in name for name in names)
