"""What users get: a wheel with everything in it, the README's snippets, files others can read."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import rdfconv
from rdfconv import cli
from rdfconv.config import Settings, load
from rdfconv.errors import UsageError

ROOT = Path(__file__).parent.parent


def run(*command: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=True
    )


def test_the_wheel_holds_all_it_needs(tmp_path: Path) -> None:
    """Unpacked anywhere, far from the checkout, it converts, builds and answers."""
    source = tmp_path / "source"
    kept_out = (".venv", ".git", "output", "benchmarks", "tests", "node_modules", ".*_cache")
    ignored = shutil.ignore_patterns(*kept_out)
    shutil.copytree(ROOT, source, ignore=ignored)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    run(*pip, str(tmp_path), str(source), cwd=tmp_path)
    [wheel] = tmp_path.glob("rdfconv-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    for needed in (
        "rdfconv/ontology/mapping.ttl",
        "rdfconv/py.typed",
        "server/templates/base.html",
        "server/static/vendor/manifest.json",
        "server/static/vendor/cytoscape.min.js",
        "server/static/vendor/licences.txt",
    ):
        assert (site / needed).is_file()
    assert not (site / "server" / "node_modules").exists()
    script = (
        "import rdfconv, sys; from rdfconv import vocabulary;"
        "assert rdfconv.__file__.startswith(sys.argv[1]), rdfconv.__file__;"
        "assert str(vocabulary.ontology_folder()).startswith(sys.argv[1]);"
        "rdfconv.build([sys.argv[2]], 'out')"
    )
    page = ROOT / "tests" / "data" / "sample" / "pages" / "q06945.md"
    run(sys.executable, "-c", script, str(site), str(page), cwd=tmp_path, path=site)
    query = "SELECT (COUNT(*) AS ?n) { ?tf tfl:regulates uniprotkb:Q06945 }"
    command = [sys.executable, "-m", "rdfconv", "query", "--release", "out", query]
    assert run(*command, cwd=tmp_path, path=site).stdout.split() == ["n", "51"]


def test_the_readmes_python_runs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    [snippet] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert run(sys.executable, "-c", snippet, cwd=ROOT).stdout.split() == ["SOX4", "51", "100"]


def test_the_readmes_commands_exist() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = set(re.findall(r"^    rdfconv (\w+)", readme, re.MULTILINE))
    assert commands == set(cli.all_commands())
    targets = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^    make (\w+)", readme, re.MULTILINE):
        assert f"\n{target}:" in targets


RAPPER = {"turtle": "ttl", "rdfxml": "rdf", "ntriples": "nt"}


@pytest.mark.parametrize("name", RAPPER)
def test_another_reader_counts_the_same_triples(name: str, sample: Path, tmp_path: Path) -> None:
    """Raptor's parsers, which have nothing in common with those used elsewhere."""
    output = tmp_path / f"output.{RAPPER[name]}"
    rdfconv.convert([sample / "pages"], str(output))
    lines = run("rapper", "--quiet", "-i", name, "-o", "ntriples", str(output), cwd=tmp_path)
    expected = tmp_path / "expected.nt"
    rdfconv.convert([sample / "pages"], str(expected))
    assert len(set(lines.stdout.splitlines())) == len(set(expected.read_text("utf-8").splitlines()))


def test_settings(tmp_path: Path) -> None:
    file = tmp_path / "rdfconv.yaml"
    file.write_text("port: 1\nhost: a\nquery_timeout: 2.5\n", "utf-8")
    settings = load({"port": 3, "host": None}, environment={"RDFCONV_HOST": "b"}, file=file)
    assert (settings.port, settings.host, settings.query_timeout) == (3, "b", 2.5)
    assert load(environment={}) == Settings()
    for text, message in (
        ("prot: 1", "did you mean 'port'"),
        ("port: many", "must be of type int"),
        ("port: -1", "must not be negative"),
        ("- a", "must hold lines"),
        ("a: [", "is not YAML"),
    ):
        file.write_text(text, "utf-8")
        with pytest.raises(UsageError, match=message):
            load(environment={}, file=file)
    with pytest.raises(UsageError, match="cannot read the settings file"):
        load(environment={}, file=tmp_path / "missing.yaml")
