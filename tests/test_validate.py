"""``rdfconv validate``: releases and files, both methods, limits, errors, exit codes."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pyoxigraph
import pytest
from click.testing import CliRunner

from rdfconv.building import build, convert
from rdfconv.cli import main
from rdfconv.entailment import LEVELS
from rdfconv.errors import ExitCode, InputError, ReleaseError, UsageError
from rdfconv.findings import METHODS, QUERIES, SHACL
from rdfconv.formats import RDF_FORMATS
from rdfconv.identifiers import BASE
from rdfconv.validate import validate
from tests.conftest import SAMPLE, MakeRelease

UNTYPED = f"""
<{BASE}interaction/P1_P2> a <{BASE}ontology#RegulatoryInteraction> .
<{BASE}interaction/P3_P4> a <{BASE}ontology#RegulatoryInteraction> .
"""
"""Two interactions with nothing said of them, under IRIs of no accessions: eight findings."""
MISTAKES = 8


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed page as N-Quads."""
    path = tmp_path_factory.mktemp("page") / "q06945.nq"
    convert([SAMPLE / "pages" / "q06945.md"], str(path))
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.ttl"
    path.write_text(UNTYPED, "utf-8")
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["validate", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("method", METHODS)
def test_the_seed_page_is_valid(page: Path, method: str) -> None:
    assert validate(page, method=method).conforms


def test_the_sample_release_is_valid(sample_release: Path) -> None:
    result = validate(sample_release)
    assert (list(result.lines()), result.conforms) == ([], True)
    assert len(result.results) == 21


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("method", METHODS)
def test_a_release_is_valid_whatever_is_entailed(tmp_path: Path, level: str, method: str) -> None:
    names = ("q06945.md", "p03069.md", "q07120.md")
    build([SAMPLE / "pages" / name for name in names], tmp_path, entail=level)
    assert list(validate(tmp_path, method=method).lines()) == []


def test_a_mistake_in_a_release_is_found(tmp_path: Path, make_release: MakeRelease) -> None:
    pages = f"<{BASE}graph/pages>"
    listed = (
        f"<{BASE}page/Q06945#field-0> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        f"<{BASE}ontology#ListedField> {pages} ."
    )
    release = make_release(tmp_path, listed)
    found = [finding for result in validate(release.path).results for finding in result.findings]
    assert {(finding.shape, finding.path) for finding in found} == {
        ("ListedField", "tfl:listedOn"),
        ("ListedField", "tfl:fieldName"),
        ("ListedField", "tfl:fieldValue"),
    }


@pytest.mark.parametrize("name", RDF_FORMATS)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_any_format_is_read(tmp_path: Path, name: str, suffix: str) -> None:
    fmt = RDF_FORMATS[name]
    path = tmp_path / f"broken{fmt.suffixes[0]}{suffix}"
    content = pyoxigraph.serialize(
        pyoxigraph.parse(UNTYPED, pyoxigraph.RdfFormat.TURTLE),
        format=getattr(pyoxigraph.RdfFormat, fmt.oxigraph),
    )
    assert content is not None
    path.write_bytes(gzip.compress(content) if suffix else content)
    assert validate(path).count == MISTAKES


@pytest.mark.parametrize("method", METHODS)
def test_a_limit_cuts_the_list_and_says_so(broken: Path, method: str) -> None:
    whole = validate(broken, method=method)
    [shape] = [result for result in whole.results if result.count]
    assert (shape.shape, shape.count) == ("RegulatoryInteraction", MISTAKES)
    for limit in (0, 3):
        cut = validate(broken, method=method, limit=limit)
        [result] = [result for result in cut.results if result.count]
        assert cut.count == MISTAKES
        assert result.findings == shape.findings[:limit]
        assert next(cut.lines()) == f"RegulatoryInteraction: first {limit} of 8 findings"
    assert next(whole.lines()) == "RegulatoryInteraction: 8 findings"
    assert list(shape.findings) == sorted(shape.findings)


def test_the_command_tells_findings(broken: Path) -> None:
    code, out, err = run(str(broken))
    assert code == ExitCode.FAILED
    assert f"{BASE}interaction/P1_P2 tfl:target: An interaction needs exactly one target" in out
    assert err == "not valid: 8 findings by 1 of 21 shapes (queries)\n"
    assert run(str(broken), "--quiet")[1:] == (out, "")


def test_the_command_says_that_data_is_valid(page: Path) -> None:
    assert run(str(page)) == (ExitCode.DONE, "", "valid: no findings by 21 shapes (queries)\n")


@pytest.mark.parametrize("method", METHODS)
def test_the_findings_as_json(broken: Path, method: str) -> None:
    code, out, _ = run(str(broken), "--json", "--limit", "1", "--method", method)
    told = json.loads(out)
    assert (code, told["conforms"], told["method"]) == (ExitCode.FAILED, False, method)
    [shape] = [shape for shape in told["shapes"] if shape["findings"]]
    assert told["findings"] == shape["findings"] == MISTAKES
    [finding] = shape["listed"]
    assert finding == {
        "shape": "RegulatoryInteraction",
        "focus": f"{BASE}interaction/P1_P2",
        "path": "",
        "component": "PatternConstraintComponent",
        "value": f"{BASE}interaction/P1_P2",
        "message": "An interaction's IRI must end in the two UniProtKB accessions, transcription "
        "factor first.",
    }


def test_the_release_is_that_of_the_settings(
    tmp_path: Path, broken: Path, make_release: MakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_release(tmp_path / "root", UNTYPED.replace(" a ", f" <{RDF_TYPE}> "))
    monkeypatch.setenv("RDFCONV_RELEASE", str(tmp_path / "root"))
    assert run()[0] == ExitCode.FAILED


RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


# What goes wrong


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.ttl does not exist"):
        validate(tmp_path / "none.ttl")


def test_a_folder_without_a_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="there is no release"):
        validate(tmp_path)


def test_a_name_that_tells_no_format(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text(UNTYPED, "utf-8")
    with pytest.raises(UsageError, match="give --format"):
        validate(path)
    assert validate(path, format="ttl").count == MISTAKES


def test_a_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.nt"
    path.write_text("<urn:a> <urn:b> <urn:c> .\nnonsense\n", "utf-8")
    with pytest.raises(InputError, match=r"broken\.nt:2: this is not N-Triples"):
        validate(path)


def test_a_cut_archive(tmp_path: Path) -> None:
    path = tmp_path / "cut.nt.gz"
    path.write_bytes(gzip.compress(b"<urn:a> <urn:b> <urn:c> .\n" * 100)[:-12])
    with pytest.raises(InputError, match="cut or damaged"):
        validate(path)


def test_without_pyshacl_there_is_a_way_out(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    assert validate(broken, method=QUERIES).count == MISTAKES
    with pytest.raises(UsageError, match=r"pip install 'rdfconv\[validate\]'"):
        validate(broken, method=SHACL)


def test_too_much_for_pyshacl_is_refused(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rdfconv.validate.SHACL_TRIPLES", 1)
    with pytest.raises(UsageError, match="use --method queries"):
        validate(broken, method=SHACL)


def test_an_unknown_method(broken: Path) -> None:
    with pytest.raises(UsageError, match="there is no method 'guess'"):
        validate(broken, method="guess")
