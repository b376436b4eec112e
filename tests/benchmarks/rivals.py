"""The same hosts through other tools: what each costs in CPU, and how much of the work it does.

checkdmarc (names and mail), sslyze (TLS) and the MDN observatory (headers) are programs in folders
of their own, never imported and never shipped; sslyze is AGPL. The observatory asks port 443 of
public names alone, so a few lines in front of it lead its connections to the lab.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.lab.lab import Lab
from tests.lab.shops import shops

HOSTS = (
    *("good.test", "www.good.test", "expired.shop.test", "selfsigned.shop.test"),
    *("wrongname.shop.test", "nohsts.shop.test", "nocsp.shop.test", "corsreflect.shop.test"),
    *("magecart.test", "nospf.test", "dmarcnone.test", "soon.shop.test"),
)
SHOPS = 240  # as many further, so that a program's start, a second of ours, is not what is compared
PLACE = Path(__file__).resolve().parents[2] / "var" / "benchmarks"
OBSERVATORY = "@mdn/mdn-http-observatory@1.4.8"
LEAD = """
const net = require('net'), dns = require('dns')
const { ports, hosts } = JSON.parse(process.env.LAB)
const find = (host, all) => {
  if (!hosts[host]) throw Object.assign(new Error(host), { code: 'ENOTFOUND' })
  return all ? [{ address: hosts[host], family: 4 }] : { address: hosts[host], family: 4 }
}
const lookup = (host, options, told) => {
  if (typeof options === 'function') [options, told] = [{}, options]
  process.nextTick(() => {
    try {
      const found = find(host, options.all)
      options.all ? told(null, found) : told(null, found.address, 4)
    } catch (error) { told(error) }
  })
}
dns.lookup = lookup
dns.promises.lookup = async (host, options) => find(host, options && options.all)
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...given) {
  const options = Array.isArray(given[0]) ? given[0][0] : given[0]
  if (options && options.port) {
    options.port = ports[options.port] || options.port
    options.lookup = lookup
  }
  return connect.apply(this, given)
}
"""
PACKAGES = {"checkdmarc": "checkdmarc==6.0.4", "sslyze": "sslyze==6.3.1"}
# Its resolver is handed in, because the lab's has a port of its own.
CHECKDMARC = """
import sys, checkdmarc, dns.resolver
address, port, *domains = sys.argv[1:]
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = [address], int(port)
for domain in domains:
    checkdmarc.check_domains([domain], resolver=resolver, skip_tls=True)
"""


def run() -> dict[str, float]:
    """CPU seconds of each tool over the same hosts, and theirs together as a multiple of ours."""
    tools = {name: _installed(name) for name in PACKAGES}
    observatory = _observatory()
    many = shops(SHOPS)
    with Lab(many) as lab:
        environment = os.environ | lab.settings()
        hosts = [*(name for name in HOSTS if name in lab.hosts), *many]
        ours = [sys.executable, "-m", "vendor_risk.cli", "scan", "--json"]
        _cpu([*ours, "--processes", "1", *hosts], environment)  # fills the caches of the servers
        first_cpu, _ = _cpu([*ours, "--processes", "1", hosts[0]], environment)
        our_cpu, said = _cpu([*ours, "--processes", "1", *hosts], environment)
        address, _, port = lab.resolver.rpartition(":")
        mail_cpu, _ = _cpu(
            [str(tools["checkdmarc"]), "-c", CHECKDMARC, address, port, *hosts], environment
        )
        https = lab.port_map[443]
        targets = [f"{name}:{https}{{{lab.address(name)}}}" for name in hosts]
        sslyze = [
            str(tools["sslyze"]),
            "-m",
            "sslyze",
            "--quiet",
            "--mozilla_config",
            "intermediate",
        ]
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "sslyze.json"
            tls_cpu, _ = _cpu([*sslyze, "--json_out", str(kept), *targets], environment)
            scanned = json.loads(kept.read_text())["server_scan_results"]
        leading = {
            "NODE_EXTRA_CA_CERTS": lab.ca_file,
            "LAB": json.dumps(
                {"ports": lab.port_map, "hosts": {name: lab.address(name) for name in hosts}}
            ),
        }
        web_cpu, graded = 0.0, 0
        for name in hosts:
            cpu, answer = _cpu(
                [*observatory, name], environment | {k: str(v) for k, v in leading.items()}
            )
            web_cpu, graded = web_cpu + cpu, graded + ('"grade"' in answer)
    looks = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    outcomes = sum(len(one.get("outcomes", ())) for one in looks)
    return {
        "hosts": float(len(hosts)),
        "hosts that sslyze could reach": float(
            sum(one["connectivity_status"] == "COMPLETED" for one in scanned)
        ),
        "hosts that the observatory graded": float(graded),
        "outcomes of ours, for each host": outcomes / len(hosts),
        "ours, all families (CPU s)": our_cpu,
        "checkdmarc without TLS, mail and names (CPU s)": mail_cpu,
        "sslyze, TLS (CPU s)": tls_cpu,
        "MDN observatory, headers (CPU s)": web_cpu,
        "all three to ours": (mail_cpu + tls_cpu + web_cpu) / our_cpu,
        "ours, one host more (CPU s)": (our_cpu - first_cpu) / (len(hosts) - 1),
        "all three to ours, a host": (mail_cpu + tls_cpu + web_cpu)
        / len(hosts)
        / ((our_cpu - first_cpu) / (len(hosts) - 1)),
    }


def _installed(name: str) -> Path:
    """The Python of an environment that holds the tool; made once."""
    folder = PLACE / name
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", PACKAGES[name]], check=True)
    return python


def _observatory() -> list[str]:
    """The command of the MDN observatory, installed once, with the lines that lead it."""
    folder = PLACE / "observatory"
    program = folder / "node_modules" / "@mdn" / "mdn-http-observatory" / "src" / "scan.js"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--silent", "--ignore-scripts", "--prefix", str(folder)]
        subprocess.run([*install, OBSERVATORY], check=True)
    # what its own set-up downloads: the preload list of browsers, which holds no host of the lab
    (program.parents[1] / "conf" / "hsts-preload.json").write_text("{}")
    lead = folder / "lead.cjs"
    lead.write_text(LEAD)
    return ["node", "--require", str(lead), str(program)]


def _cpu(command: Sequence[str], environment: dict[str, str]) -> tuple[float, str]:
    """CPU seconds of a program with all that it started, and what it printed."""
    with tempfile.TemporaryFile("w+") as said:
        running = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
        _, code, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(code)
        said.seek(0)
        text = said.read()
    if running.returncode not in (0, 1):  # 1: something was found, of sslyze too
        raise RuntimeError(f"{command[0]} ended with {running.returncode}: {text[-2000:]}")
    return used.ru_utime + used.ru_stime, text
