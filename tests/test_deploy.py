"""The files of deploy/: servers accept them, and their guide tells what there is."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import click
import pytest

from rdfconv import config
from rdfconv.cli import all_commands
from rdfconv.errors import UsageError
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
GUIDE = (DEPLOY / "README.md").read_text("utf-8")
UNIT = (DEPLOY / "rdfconv.service").read_text("utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
HARDENING = {
    "DynamicUser": "yes",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "Restart": "always",
    "KillMode": "mixed",
}


def check(*arguments: str | Path) -> None:
    """Runs a program that accepts a file or says what is wrong with it."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not re.search("warn|unknown|ignoring", done.stderr, re.IGNORECASE), done.stderr


def directives() -> dict[str, str]:
    """The last value of each directive of the unit."""
    lines = [line for line in UNIT.splitlines() if line and not line.startswith(("#", "["))]
    return dict(line.split("=", 1) for line in lines)


def commands(text: str) -> list[list[str]]:
    """The indented commands of a guide, as words; lines that end in a backslash go on."""
    blocks = re.findall(r"^ {4}((?:.*\\\n)*.+)$", text, re.MULTILINE)
    return [shlex.split(block.replace("\\\n", " ")) for block in blocks]


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
    assert nginx is not None, "there is no nginx; 'make system-packages' installs it"
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"error_log stderr; pid {tmp_path}/pid; events {{}}\n"
        f"http {{ access_log off; include {DEPLOY / 'nginx.conf'}; }}\n",
        "utf-8",
    )
    check(nginx, "-t", "-p", tmp_path, "-c", whole)


def test_nginx_times_fit_the_settings() -> None:
    settings = config.Settings()
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    found = re.search(r"proxy_read_timeout (\d+)s;", text)
    assert found is not None
    assert int(found[1]) > settings.query_timeout + settings.queue_timeout
    size = re.search(r"client_max_body_size (\d+)m;", text)
    assert size is not None
    assert int(size[1]) << 20 > 3 * settings.request_bytes  # %XX for each byte
    assert f"proxy_pass http://{settings.host}:{settings.port};" in text


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    systemd = shutil.which("systemd-analyze")
    assert systemd is not None, "install Debian's package systemd"
    unit = tmp_path / "rdfconv.service"
    # The program is not installed where the unit expects it.
    unit.write_text(UNIT.replace("/opt/rdfconv/bin/rdfconv", "/bin/true"), "utf-8")
    check(systemd, "verify", "--man=no", unit)


def test_the_unit_is_locked_down() -> None:
    found = directives()
    assert {name: found.get(name) for name in HARDENING} == HARDENING
    assert re.fullmatch(r"\d+G", found["MemoryMax"])
    stop = config.Settings().stop_timeout
    assert int(found["TimeoutStopSec"]) > stop + 5


def options(words: list[str]) -> None:
    """Asserts that the command line knows a command and its options."""
    command = all_commands()[words[0]]
    known = {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    for word in words[1:]:
        assert not word.startswith("-") or word in known, (words[0], word)


def test_commands_exist() -> None:
    """Those of the guide, the unit and the container."""
    lines = [*commands(GUIDE), shlex.split(directives()["ExecStart"])]
    lines.append(json.loads(re.findall(r"^ENTRYPOINT (.*)", DOCKERFILE, re.MULTILINE)[0]))
    lines[-1] += json.loads(re.findall(r"^CMD (.*)", DOCKERFILE, re.MULTILINE)[0])
    used = 0
    for line in lines:
        words = [Path(word).name if word.endswith("rdfconv") else word for word in line]
        for place, word in enumerate(words[:-1]):
            if word == "rdfconv" and words[place + 1] in all_commands():
                options(words[place + 1 :])
                used += 1
    assert used >= 7


def test_files_that_the_guide_names_exist() -> None:
    for name in re.findall(r"\]\(([^)]+)\)", GUIDE):
        assert (DEPLOY / name).is_file(), name
    for name in re.findall(r"\bdeploy/[\w.]+", GUIDE + UNIT + DOCKERFILE):
        assert (ROOT / name).is_file(), name


def test_the_settings_file(tmp_path: Path) -> None:
    settings = config.load(environment={}, file=DEPLOY / "rdfconv.yaml")
    assert settings.trusted_proxies == "127.0.0.1"
    assert settings.log_queries is False
    path = tmp_path / "file.yaml"
    path.write_text("log_queries: perhaps\n", "utf-8")
    with pytest.raises(UsageError, match="log_queries"):
        config.load(environment={}, file=path)


@pytest.mark.parametrize("word", ["true", "True", "yes", "1", "false", "no", "0"])
def test_settings_that_are_true_or_false(word: str) -> None:
    loaded = config.load(environment={"RDFCONV_LOG_QUERIES": word})
    assert loaded.log_queries is (word.lower() in ("true", "yes", "1"))


def test_every_setting_is_told() -> None:
    rows = [
        f"| `{one.name}` | {json.dumps(one.default)} | {one.metadata['help']} |"
        for one in fields(config.Settings)
    ]
    expected = "\n".join(["| name | default | what it is |", "|---|---|---|", *rows])
    table = GUIDE.partition("<!-- settings -->\n")[2].partition("\n<!-- /settings -->")[0]
    assert table == expected, f"the table of settings in deploy/README.md must be:\n{expected}"


def test_every_number_is_told() -> None:
    source = (ROOT / "server" / "observing.py").read_text("utf-8")
    names = set(re.findall(r'"(rdfconv_\w+)"', source))
    assert len(names) > 10
    for name in names:
        assert f"`{name}" in GUIDE, name


def test_the_container() -> None:
    """What is copied exists and is all that an installation needs."""
    copied = []
    for line in re.findall(r"^COPY (?!--from)(.*)", DOCKERFILE, re.MULTILINE):
        *sources, _ = line.split()
        copied += sources
    for name in copied:
        assert (ROOT / name).exists(), name
    assert {"pyproject.toml", "README.md", "LICENSE", "rdfconv", "server", "ontology"} <= set(
        copied
    )
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert "/health/ready" in DOCKERFILE
    for name in re.findall(r"RDFCONV_(\w+)=", DOCKERFILE):
        assert name.lower() in {one.name for one in fields(config.Settings)}
    # The guide and the file say the same.
    first = [line.removeprefix("# ").strip("\\ ") for line in DOCKERFILE.splitlines()[:3]]
    assert all(part in " ".join(GUIDE.split()) for part in first)
