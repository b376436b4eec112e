"""The command line, as a person or a program calls it, against the lab."""

import contextlib
import gzip
import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import dns.message
import dns.rcode
import pytest
from click.testing import CliRunner

from vendor_risk.checks.base import CATALOGUE, Tier
from vendor_risk.checks.catalogue import catalogue
from vendor_risk.checks.observations import OBSERVATIONS
from vendor_risk.cli import main

pytestmark = pytest.mark.lab


@pytest.fixture
def environment(lab, tmp_path):
    """What the command finds in its environment: the lab, and an empty folder for its data."""
    return lab.settings() | {"VENDOR_RISK_DATA_DIR": str(tmp_path / "var"), "COLUMNS": "120"}


@pytest.fixture
def call(environment, tmp_path, monkeypatch):
    """`call("assess", "good.test")`: the command in an empty folder, in the process of the tests.

    A Python of its own takes seconds to start and does the same.
    """
    monkeypatch.chdir(tmp_path)

    def call(*words, stdin=None, **settings):
        ran = CliRunner(env=environment | settings).invoke(
            main, words, input=stdin, catch_exceptions=False, prog_name="vendor-risk"
        )
        return SimpleNamespace(returncode=ran.exit_code, stdout=ran.stdout, stderr=ran.stderr)

    return call


@pytest.fixture
def start(environment, tmp_path):
    """The same as a shell starts it, in a process of its own."""

    def start(*words, stdin=None, **settings):
        return subprocess.run(
            [sys.executable, "-m", "vendor_risk.cli", *words],
            cwd=tmp_path,
            env=os.environ | environment | settings,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return start


def test_assess_prints_findings_and_writes_a_pdf(start, tmp_path):
    """The main job in one command: exit code 1, because something was found."""
    ran = start("assess", "zerohsts.shop.test")

    assert ran.returncode == 1, ran.stderr
    assert "web.hsts" in ran.stdout
    assert "MEDIUM" in ran.stdout
    assert "External posture: 94 of 100, grade A" in ran.stdout
    assert (tmp_path / "zerohsts.shop.test.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_assess_of_a_good_host_ends_with_0(call):
    """Everything in order is code 0."""
    ran = call("assess", "good.test", "--json")

    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert answer["external"] == {
        "score": 100,
        "grade": "A",
        "seen": ["tls", "dns", "mail", "web"],
        "catalogue": "1",
    }
    assert "dns.soa" in {fact["id"] for fact in answer["facts"]}
    others = {each["check"] for each in answer["outcomes"] if each["outcome"] != "passed"}
    extra = {id for id in others if CATALOGUE[id].tier is not Tier.PASSIVE}
    assert others - extra == {"web.js.outdated", "web.script.changed"}  # nothing to compare with
    assert len(answer["outcomes"]) == len(catalogue())


def test_extra_handshakes_are_made_where_they_are_ordered(call):
    """Whoever told the vendor gets the answers that need them."""
    ran = call("assess", "good.test", "--json", "--handshakes")

    answer = {each["check"]: each["outcome"] for each in json.loads(ran.stdout)["outcomes"]}
    assert answer["tls.proto.legacy"] == answer["tls.proto.ssl"] == "passed"


def test_declared_pages_are_read(call):
    """A path or a whole address, as often as there are pages."""
    whole = "https://hiddentill.shop.test/closed"

    ran = call(
        "assess", "hiddentill.shop.test", "--json", "--checkout", "/till", "--checkout", whole
    )

    answer = json.loads(ran.stdout)
    told = next(each["values"] for each in answer["facts"] if each["id"] == "web.pages")
    assert (
        "https://hiddentill.shop.test/till: declared, asks for a card, asks for a password" in told
    )
    assert any(each.startswith(f"{whole}: declared, not seen") for each in told)
    failed = {each["check"] for each in answer["outcomes"] if each["outcome"] == "failed"}
    assert "web.form.target" in failed


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("http://good.test/checkout", "is not encrypted"),
        ("https://other.test/checkout", "lies outside of good.test"),
        ("checkout", "begin with /"),
    ],
)
def test_a_page_that_cannot_be_declared_is_one_clear_sentence(call, tmp_path, page, words):
    """Before anything is asked of anybody."""
    ran = call("assess", "good.test", "--checkout", page)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("nothing.test", "does not exist in the DNS"),
        ("192.0.2.7", "is an IP address"),
        ("[::1]", "is an IP address"),
        ("https://good.test/login", "give just the host name, good.test"),
        ("someone@good.test", "give just its domain, good.test"),
        ("a" * 300, "at most 253"),
        ("localhost", "localhost"),
        ("private.shop.test", "a private address"),
        ("loopback.shop.test", "a loopback address"),
        ("metadata.shop.test", "metadata address"),
        ("mixed.shop.test", "a private address"),
        ("", "Give a host name"),
    ],
)
def test_a_domain_that_cannot_be_assessed_is_one_clear_sentence(call, tmp_path, domain, words):
    """Exit code 2, the reason on standard error, nothing written."""
    ran = call("assess", domain)

    assert ran.returncode == 2, ran.stdout
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("domain", ["good.test.", "GOOD.test", "bücher.shop.test"])
def test_spellings_of_a_name_are_understood(call, domain):
    """A final dot, capitals and Unicode name the same host."""
    ran = call("assess", domain, "--json")

    assert ran.returncode == 0, ran.stderr


def test_a_redirect_into_a_private_network_is_refused_and_told(call):
    """The look goes on; the hop is unknown with its reason, and never visited."""
    ran = call("assess", "tometadata.shop.test", "--json", "--save-observations", "seen.json")

    assert ran.returncode in (0, 1), ran.stderr
    assert "169.254.169.254" in ran.stdout


def test_a_dead_resolver_is_named_with_the_mend(call, tmp_path):
    """Our own trouble is no fault of the vendor."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        ran = call(
            "assess",
            "good.test",
            VENDOR_RISK_RESOLVERS=f"127.0.0.1:{silent.getsockname()[1]}",
            VENDOR_RISK_SCAN_DEADLINE="6",
        )

    assert ran.returncode == 2
    assert "resolver" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_path_is_found_before_the_look(call, tmp_path):
    """Nobody waits for a scan whose PDF cannot be kept."""
    ran = call("assess", "good.test", "--pdf", "missing/report.pdf")

    assert ran.returncode == 2
    assert "missing does not exist" in ran.stderr
    assert "mkdir -p missing" in ran.stderr


def test_many_domains_come_line_by_line(start):
    """A scan tells each as it comes, and what it could not look at on standard error."""
    ran = start("scan", "good.test", "nohsts.shop.test", "private.shop.test", "https://x.example/")

    lines = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines())
    assert ran.returncode == 2
    assert set(lines) == {"good.test", "nohsts.shop.test"}
    assert "medium" in lines["nohsts.shop.test"]
    assert "private.shop.test: private.shop.test points to 10.0.0.7" in ran.stderr
    assert "give just the host name" in ran.stderr


def test_a_scan_says_of_a_name_that_does_not_exist_what_assess_says(call):
    """No line of findings, the sentence on standard error, exit code 2."""
    ran = call("scan", "nothing.test")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "nothing.test does not exist in the DNS. Check the spelling" in ran.stderr
    assert "`vendor-risk doctor` tells whether this machine reaches the DNS outside" in ran.stderr


def test_a_file_of_domains_gives_json_lines_and_observations(call, tmp_path):
    """One object a domain, and what was seen can be judged again."""
    (tmp_path / "domains.txt").write_text("# ours\ngood.test  # main\n\nnospf.test\ngood.test\n")

    ran = call("scan", "--from", "domains.txt", "--json", "--save-observations", "seen.jsonl")

    told = {line["domain"]: line for line in map(json.loads, ran.stdout.splitlines())}
    again = call("evaluate", "seen.jsonl", VENDOR_RISK_RESOLVERS="127.0.0.1:9")
    assert ran.returncode == 1, ran.stderr
    assert set(told) == {"good.test", "nospf.test"}
    assert {line["domain"]: line for line in map(json.loads, again.stdout.splitlines())} == told


@pytest.fixture
def failing(lab):
    """A resolver that answers as the lab does, and dies after a while; one host waits for that."""
    address, port = lab.resolver.split(":") if ":" in lab.resolver else (lab.resolver, "53")
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("127.0.0.1", 0))
    ends = []

    def refuse(packet, sender):
        asked = dns.message.from_wire(packet)
        answer = dns.message.make_response(asked)
        answer.set_rcode(dns.rcode.REFUSED)
        with contextlib.suppress(OSError):
            wire.sendto(answer.to_wire(), sender)

    def forward(packet, sender):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.settimeout(5)
            other.sendto(packet, (address, int(port)))
            with contextlib.suppress(OSError):
                wire.sendto(other.recv(65535), sender)

    def run():
        with contextlib.suppress(OSError):
            while True:
                packet, sender = wire.recvfrom(4096)
                if sender is None:  # shut down
                    return
                ends.append(ends[0] if ends else time.monotonic() + 2.5)
                name = dns.message.from_wire(packet).question[0].name.to_text()
                over = time.monotonic() > ends[0]
                late = over or name == "." or name.endswith("nospf.test.")
                wait = max(0.0, ends[0] - time.monotonic()) if late else 0.0
                act = refuse if late else forward
                threading.Timer(wait, act, (packet, sender)).start()

    threading.Thread(target=run, daemon=True).start()
    yield f"127.0.0.1:{wire.getsockname()[1]}"
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)  # wakes the thread
    wire.close()


@pytest.mark.parametrize("name", ["seen.jsonl", "seen.jsonl.gz"])
def test_a_scan_whose_resolver_dies_keeps_what_it_saw(start, tmp_path, failing, name):
    """What was looked at stays, and what is left is a list to go on with."""
    ran = start(
        *("scan", "good.test", "nospf.test", "--json", "--save-observations", name),
        VENDOR_RISK_RESOLVERS=failing,
    )

    part, rest = tmp_path / f"{name}.part", tmp_path / f"{name}.rest"
    content = part.read_bytes()
    seen = OBSERVATIONS.validate_json(gzip.decompress(content) if name.endswith(".gz") else content)
    assert ran.returncode == 2
    assert f"of 1 hosts until then is kept in {name}.part" in ran.stderr
    assert f"scan --from {name}.rest" in ran.stderr
    assert (seen.domain, rest.read_text()) == ("good.test", "nospf.test\n")
    assert not (tmp_path / name).exists()


def test_what_an_earlier_scan_left_is_not_written_over(call, lab, tmp_path):
    """Hours of looks are worth a question."""
    left = tmp_path / "seen.jsonl.part"
    left.write_text("what was seen\n")

    ran = call("scan", "good.test", "--save-observations", "seen.jsonl")

    assert ran.returncode == 2
    assert "holds what an earlier scan saw" in ran.stderr
    assert left.read_text() == "what was seen\n"


def test_a_scan_whose_resolver_is_dead_leaves_no_file(call, tmp_path):
    """There is nothing to keep."""
    ran = call(
        *("scan", "good.test", "--save-observations", "seen.jsonl"),
        VENDOR_RISK_RESOLVERS="127.0.0.1:9",
    )

    assert ran.returncode == 2
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("seen")] == []


def test_a_scan_of_nothing_says_what_to_give(call):
    """Neither a name nor a file."""
    ran = call("scan")

    assert ran.returncode == 2
    assert "--from FILE" in ran.stderr


def test_stored_observations_judge_the_same_without_the_network(call, tmp_path):
    """`assess --save-observations` and `evaluate` agree."""
    fresh = call("assess", "nohsts.shop.test", "--json", "--save-observations", "seen.json")

    again = call("evaluate", "seen.json", VENDOR_RISK_RESOLVERS="127.0.0.1:9")

    assert json.loads(again.stdout) == json.loads(fresh.stdout)
    assert again.returncode == 1


def test_evaluate_answers_a_line_for_each_line(start):
    """Thousands of outside cases go through one process."""
    one = {"domain": "a.example", "observed_at": "2026-11-22T00:00:00Z"}
    lines = "".join(json.dumps(one | {"domain": f"{n}.example"}) + "\n" for n in range(20))

    ran = start("evaluate", "-", stdin=lines)

    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [answer["domain"] for answer in answers] == [f"{n}.example" for n in range(20)]
    assert {o["outcome"] for answer in answers for o in answer["outcomes"]} == {"unknown"}
    assert answers[0]["external"]["grade"] == "not rated"


def test_evaluate_reads_one_object_over_many_lines(call):
    """A file that a person indented is fine as well."""
    text = json.dumps({"domain": "a.example", "observed_at": "2026-11-22T00:00:00Z"}, indent=2)

    assert json.loads(call("evaluate", "-", stdin=text).stdout)["domain"] == "a.example"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"domain": "a.example"}', "observed_at"),
        ("no json", "line 1"),
        ('{"domain": "a.example", "observed_at": "2026-11-22T00:00:00Z", "dns": 7}', "dns"),
    ],
)
def test_wrong_observations_name_the_line_and_the_path(call, text, words):
    """The error says where, and where the format is described."""
    ran = call("evaluate", "-", stdin=text)

    assert ran.returncode == 2
    assert words in ran.stderr
    assert "docs/observations.md" in ran.stderr


def test_the_catalogue_is_listed_in_three_forms(call):
    """For people, for programs, for the documentation."""
    plain = call("checks").stdout
    listed = json.loads(call("checks", "--json").stdout)
    markdown = call("checks", "--markdown").stdout

    assert len(plain.splitlines()) == len(listed) == len(catalogue())
    assert all(check["id"] in markdown for check in listed)


def test_doctor_is_calm_about_a_fresh_checkout(start):
    """Nothing is broken before the first start; the next step is named as it is typed here."""
    ran = start("doctor", VENDOR_RISK_COMMAND="./run")

    assert ran.returncode == 0, ran.stdout
    assert "there is no database yet" in ran.stdout
    assert "./run demo" in ran.stdout


def test_doctor_tells_what_is_wrong_and_how_to_mend_it(call, tmp_path):
    """A database of an older version is named with the command that brings it up to date."""
    call("db", "upgrade")
    with sqlite3.connect(tmp_path / "var" / "vendor-risk.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")

    ran = call("doctor")

    assert ran.returncode == 1
    assert "Run: vendor-risk db upgrade" in ran.stdout
    assert "Traceback" not in ran.stderr


def test_doctor_is_content_after_the_set_up(call, lab):
    """Database, keys, audit chain, resolver and fonts are well; the missing worker is said."""
    call("db", "upgrade")

    ran = call("doctor", "--json")

    states = {symptom["name"]: symptom["state"] for symptom in json.loads(ran.stdout)}
    assert ran.returncode == 0, ran.stdout
    assert states == {
        "disk": "ok",
        "files": "ok",
        "database": "ok",
        "migrations": "ok",
        "worker": "warn",
        "keys": "ok",
        "audit log": "ok",
        "clock": "ok",
        "figures": "ok",
        "mail": "warn",
        "resolver": "ok",
        "fonts": "ok",
    }


def test_doctor_names_a_read_only_folder(call, tmp_path):
    """The folder of the data cannot be made."""
    (tmp_path / "var").write_text("a file in the way")

    ran = call("doctor")

    assert ran.returncode == 2
    assert "VENDOR_RISK_DATA_DIR" in ran.stderr


def test_settings_are_listed_without_their_secrets(call):
    """`doctor --settings` is safe to paste into a ticket."""
    ran = call("doctor", "--settings", VENDOR_RISK_SECRET_KEY="never shown to anybody")

    assert "VENDOR_RISK_SCAN_ALLOW_NETWORKS" in ran.stdout
    assert "never shown" not in ran.stdout


def test_a_wrong_setting_stops_every_command(start):
    """Refused at start, with the hint."""
    ran = start("assess", "good.test", VENDOR_RISK_PORT_MAP="nonsense")

    assert ran.returncode == 2
    assert "VENDOR_RISK_PORT_MAP" in ran.stderr


def test_keys_are_made_for_their_owner_alone(call, tmp_path):
    """The file of keys is not readable by others."""
    call("db", "upgrade")

    mode = stat.S_IMODE((tmp_path / "var" / "keys.json").stat().st_mode)

    assert mode == 0o600


def test_a_person_is_created_with_a_link_and_not_twice(call):
    """The link sets the password; the second try is refused in one sentence."""
    first = call("users", "create", "Ann@shop.example", "--role", "analyst", "--name", "Ann")
    second = call("users", "create", "ann@shop.example", "--role", "admin")

    assert first.returncode == 0, first.stderr
    assert "http://localhost:8000/reset/" in first.stdout
    assert second.returncode == 2
    assert "has an account already" in second.stderr


def test_a_second_instance_on_the_port_is_named(start):
    """serve says which port is taken and how to take another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = start("serve", VENDOR_RISK_PORT=str(taken.getsockname()[1]))

    assert ran.returncode == 2
    assert "is taken" in ran.stderr
    assert "VENDOR_RISK_PORT=" in ran.stderr


def test_saved_observations_are_the_documented_format(call, tmp_path):
    """What assess keeps can be read back whole."""
    call("assess", "good.test", "--json", "--save-observations", "seen.json")

    seen = OBSERVATIONS.validate_json((tmp_path / "seen.json").read_text())

    assert seen.method.resolvers
    assert seen.method.tls_library.startswith("OpenSSL")
