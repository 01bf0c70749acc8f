"""The tokenizer: what it must find, and what must not mislead it."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.query_text import Form, Place, QueryTextError, inspect

REMOTE = "http://remote.example/"
PROLOGUE = f"PREFIX : <{REMOTE}> PREFIX ex: <{REMOTE}> PREFIX service: <{REMOTE}> "

WITH_SERVICE = [
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT*{service<URL>{?s ?p ?o}}",
    "SELECT * { SeRvIcE\n\t SILENT <URL> { ?s ?p ?o } }",
    "SELECT * { SERVICE # comment <x>\r\n <URL> { ?s ?p ?o } }",
    "SELECT * { SERVICE#x\rSILENT#y\n<URL>#z\n{ ?s ?p ?o } }",
    "ASK { { { SERVICE <URL> { ?s ?p ?o } } } }",
    "CONSTRUCT { ?s ?p ?o } { SERVICE <URL> { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
    "SELECT * { SERVICE :x { ?s ?p ?o } }",
    # the engine's grammar has keywords end anywhere
    "SELECT * {SERVICE:x{?s ?p ?o}}",
    "SELECT * {SERVICEex:x{?s ?p ?o}}",
    "SELECT * {SERVICE:x # comment\n {?s ?p ?o}}",
    "SELECT * {SERVICESILENTex:x{?s ?p ?o}}",
    "SELECT * {?s ?p trueSERVICE:x{?s ?p ?o}}",
    "SELECT * {?s ?p 1SERVICE:x{?s ?p ?o}}",
    "SELECT * {?s ?p 1.SERVICE<URL>{?s ?p ?o}}",
    # < compares in an expression, and is no IRI that hides what follows
    "SELECT * {?s ?p ?o FILTER(?o<?s)SERVICE:x#>\n{?s ?p ?o}}",
    "SELECT * {?s ?p ?o FILTER(?o<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(?o<='>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(1<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(true<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(ABS(?o)<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER('x'@en<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER('x'^^ex:d<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(ex:<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(ex:a\\#b<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(EXISTS{?s ?p ?o}<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(?o IN('a','b')&&?o<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER ex:f(?o<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER<urn:f>(?o<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p trueFILTER<urn:f>(?o<'>')SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o BIND(?o<'>' AS ?y)SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {{SELECT (?o<'>' AS ?z){?s ?p ?o}}SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {{SELECT?o{?s ?p ?o}ORDER BY ex:f(?o<'>')}SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {{SELECTREDUCED?o{?s ?p ?o}HAVINGex:f(?o<'>')}SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER(?o<<URL>)SERVICE<URL>{?s ?p 'x'}}",
    # and between nodes it opens an IRI, which may hold a quote
    "SELECT * {?s <p:'> (1<p:'>) SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p (?a<p:'>) SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s a (<p:a><p:'>) SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s (<p:'>|<p:y>) ?z SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {VALUES (?a ?b) {(<p:a><p:'>)} SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {VALUES?a{<p:a><p:'>}SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o FILTER EXISTS{?s ?p (<p:a><p:'>)} SERVICE<URL>{?s ?p 'x'}}",
    "SELECT * {?s ?p ?o BIND(<<(?s <p:'> ?o)>> AS ?y)SERVICE<URL>{?s ?p 'x'}}",
    # strings that end where they seem not to
    "SELECT * {?s ?p '' SERVICE<URL>{?s ?p ''}}",
    "SELECT * {?s ?p ''''x'''SERVICE<URL>{?s ?p ''}}",
    "SELECT * {?s ?p 'a\\\\'SERVICE<URL>{?s ?p 'b'}}",
    'SELECT * {?s ?p """a""b"""SERVICE<URL>{?s ?p ""}}',
]

WITHOUT_SERVICE = [
    "SELECT * { ?s ?p 'SERVICE <x> {}' }",
    'SELECT * { ?s ?p "SERVICE <x> {}" }',
    "SELECT * { ?s ?p '''SERVICE\n' '' <x> {}''' }",
    'SELECT * { ?s ?p """SERVICE\n" "" <x> {}""" }',
    "SELECT * { ?s ?p 'it\\'s SERVICE' }",
    "SELECT * { ?s ?p <http://example.org/SERVICE> }",
    "SELECT * { ?s ?p <http://example.org/#SERVICE> }",
    "SELECT * { ?s ?p ?o } # SERVICE <x> {}",
    "# SERVICE\nSELECT * { ?s ?p ?o }",
    "SELECT * { ?SERVICE ?p $service }",
    "SELECT * { ?s ?p _:SERVICE }",
    "SELECT * { ?s ex:SERVICE ?o . service:a service:b service:c }",
    "SELECT * { GRAPH service:x { ?s ?p ?o } }",
    "SELECT * FROM service:x { ?s ?p ?o }",
    "SELECT * FROM NAMED service:x WHERE { ?s ?p ?o }",
    "DESCRIBE service:x { ?s ?p ?o }",
    "SELECT * { ?s ?p 1, -2.5e3, .5, true, 'x'@en-GB, 'y'^^ex:d ; ^a/!(a|^ex:b)* ?z . [] ?q [] }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(?o<?s && ?o>=1 || !(?o != 2)) } GROUP BY ?s",
]


@pytest.mark.parametrize("text", WITH_SERVICE)
def test_service_is_found(text: str) -> None:
    assert inspect(PROLOGUE + text.replace("URL", REMOTE)).service is not None


@pytest.mark.parametrize("text", WITHOUT_SERVICE)
def test_what_only_looks_like_service_is_not(text: str) -> None:
    pyoxigraph.Store().query(PROLOGUE + text)
    assert inspect(PROLOGUE + text).service is None


@pytest.fixture(scope="module")
def remote() -> Iterator[tuple[str, list[str]]]:
    """An endpoint, and the requests it got."""
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(self.path)
            self.send_error(500)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", requests
        server.shutdown()


@pytest.mark.parametrize("text", [*WITH_SERVICE, *WITHOUT_SERVICE])
def test_the_engine_calls_nobody_if_no_service_is_found(
    text: str, remote: tuple[str, list[str]]
) -> None:
    url, requests = remote
    requests.clear()
    query = (PROLOGUE + text).replace(REMOTE, url).replace("URL", url)
    store = pyoxigraph.Store()
    node = pyoxigraph.NamedNode("http://example.org/")
    store.add(pyoxigraph.Quad(node, node, pyoxigraph.Literal("x")))
    try:
        results = store.query(query)
        if not isinstance(results, pyoxigraph.QueryBoolean):
            list(results)
    except (SyntaxError, RuntimeError, OSError):
        pass  # the remote fails on purpose, and some cases are no SPARQL for this engine
    assert not requests or inspect(query).service is not None


# Whatever stands before and behind SERVICE, it is found, or nobody is called.

_BLANKS = st.lists(
    st.sampled_from([" ", "\n", "\t", "\r", "#\n", "# SERVICE <x>{}\n", "#'\r", '#"""\n', "#>\n"]),
    max_size=3,
).map("".join)
_HARMLESS = st.sampled_from(
    [
        "?s ?p 'SERVICE <URL> {}' .",
        '?s ?p "SERVICE" .',
        "?s ?p '' .",
        "?s ?p '''it's ''SERVICE''' .",
        '?s ?p """a""SERVICE"" " """ .',
        "?s ?p 'a\\\\' .",
        "?s ?p '\\'SERVICE' .",
        "?s <p:'> <p:SERVICE> .",
        "?s service:service ex:SERVICE .",
        "?SERVICE ex:a\\#b $service .",
        "_:SERVICE ?p 'x'@en .",
        "?s ?p 1 .",
        "?s ex:p (1<p:'>) .",
        "FILTER(?o<'>')",
        "FILTER(?o<?s&&?s>'x')",
        "FILTER(?o<<URL>)",
        "FILTER ex:f(?o<'>')",
        "FILTER EXISTS{?s ?p '>'}",
        "BIND(1<'>' AS ?y)",
        "VALUES ?v{<p:'><p:SERVICE>}",
        "OPTIONAL{?s ?p ('<' '>')}",
        "GRAPH service:x{?s ?p ?o}",
        "{SELECT(1<'>'AS ?z){}}",
        "# SERVICE <URL> {}\n",
        "#\rFILTER(true)#'\n",
    ]
)
_SERVICE = st.builds(
    lambda word, a, silent, b, end, c: word + a + silent + b + end + c + "{?s ?p ?o}",
    st.sampled_from(["SERVICE", "service", "SeRvIcE"]),
    _BLANKS,
    st.sampled_from(["", "SILENT", "silent"]),
    _BLANKS,
    st.sampled_from(["<URL>", ":x", "ex:x", "<\\u0068ttpREST>", "<x>"]),
    _BLANKS,
)
_WRAPPED = st.sampled_from(["%s", "{%s}", "OPTIONAL{%s}", "FILTER EXISTS{%s}", "{SELECT*{%s}}"])


@settings(max_examples=300, deadline=None)
@given(
    before=st.lists(_HARMLESS, max_size=4),
    clause=_SERVICE,
    behind=st.lists(_HARMLESS, max_size=2),
    glue=_BLANKS,
    wrapped=_WRAPPED,
)
def test_disguises_are_found(
    before: list[str], clause: str, behind: list[str], glue: str, wrapped: str
) -> None:
    body = glue.join([*before, wrapped.replace("%s", clause), *behind])
    body = body.replace("REST", REMOTE.removeprefix("http")).replace("URL", REMOTE)
    # A query that cannot be read is refused, too.
    with contextlib.suppress(QueryTextError):
        assert inspect(f"BASE <{REMOTE}> {PROLOGUE} SELECT * {{{body}}}").service is not None


_SCRAPS = st.sampled_from(
    [
        *("SERVICE", "<URL>", "{?s ?p ?o}", "{", "}", "(", ")", "'", '"', "'''", '"""', "\\", "<"),
        *(">", "#", "\n", " ", "?o", "FILTER", "BIND(1 AS ?y)", "'>'", "1", "true", "@en", "^^"),
        *(".", ";", "ex:x", ":x", "EXISTS", "VALUES ?v", "<<(", ")>>", "{|", "|}", "~", "SELECT*"),
    ]
)


@settings(max_examples=500, deadline=None)
@given(scraps=st.lists(_SCRAPS, max_size=12), service=_SERVICE, wrapped=_WRAPPED)
def test_what_is_let_in_calls_nobody(
    remote: tuple[str, list[str]], scraps: list[str], service: str, wrapped: str
) -> None:
    url, requests = remote
    text = "".join(scraps[:6]) + wrapped.replace("%s", service) + "".join(scraps[6:])
    text = text.replace("REST", url.removeprefix("http")).replace("URL", url)
    query = f"{PROLOGUE.replace(REMOTE, url)} SELECT * {{{text}}}"
    try:
        if inspect(query).service is not None:
            return
    except QueryTextError:
        return
    requests.clear()
    with contextlib.suppress(SyntaxError, RuntimeError, OSError):
        store = pyoxigraph.Store()
        node = pyoxigraph.NamedNode("http://example.org/")
        store.add(pyoxigraph.Quad(node, node, pyoxigraph.Literal("x")))
        results = store.query(query)
        assert isinstance(results, pyoxigraph.QuerySolutions)
        list(results)
    assert requests == []


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(_HARMLESS, min_size=1, max_size=6), glue=_BLANKS)
def test_the_word_alone_is_not_refused(parts: list[str], glue: str) -> None:
    query = f"{PROLOGUE} SELECT * {{{glue.join(parts)}}}".replace("URL", REMOTE)
    try:
        pyoxigraph.Store().query(query)
    except SyntaxError:
        return
    except RuntimeError:
        pass  # a function that there is not
    assert inspect(query).service is None


@pytest.mark.parametrize(
    ("text", "groups", "operators"),
    [
        ("ASK {}", 1, 0),
        ("ASK { {} UNION {} OPTIONAL { {} } }", 5, 0),
        ("ASK { ?s ?p ?o FILTER(!?o && 1 + 2 < 3) }", 1, 6),
        ("ASK { ?s !(a|^ex:b)*/a? ?o }", 1, 7),
        ("ASK { VALUES (?a ?b) { (-1 -2) (+3 4) } }", 2, 1),
        ("ASK { ?s ?p ?o FILTER(?o IN (1, 2, 3)) }", 1, 3),
        ("SELECT (STR(?x) AS ?y) { BIND(1 AS ?x) }", 1, 3),
        ("DESCRIBE <x:a> ?b ex:c { ?b ?p <x:d> }", 1, 3),
        ("ASK { FILTER EXISTS { FILTER(true) } FILTERex:f(1) }", 2, 5),
    ],
)
def test_groups_and_operators(text: str, groups: int, operators: int) -> None:
    found = inspect(text)
    assert (found.groups, found.operators) == (groups, operators)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("select*{?s ?p ?o}", Form.SELECT),
        ("  # x\nBASE <http://example.org/> PREFIX select: <x:> ASK{}", Form.ASK),
        ("construct where {?s ?p ?o}", Form.CONSTRUCT),
        ("PREFIX a: <b:> describe a:c", Form.DESCRIBE),
        ("INSERT DATA { <a:b> <a:b> <a:b> }", Form.UPDATE),
        ("PREFIX a: <b:>\nDELETE WHERE { ?s ?p ?o }", Form.UPDATE),
        ("WITH <a:b> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", Form.UPDATE),
        ("load<http://example.org/>", Form.UPDATE),
        ("CLEAR ALL", Form.UPDATE),
    ],
)
def test_form(text: str, form: Form) -> None:
    assert inspect(text).form is form


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", Place(1, 1)),
        ("# only a comment", Place(1, 1)),
        ("PREFIX a: <b:>", Place(1, 1)),
        ("\n  UPDATE { }", Place(2, 3)),
        ("SELECT * {\r\n ?s ?p 'x }", Place(2, 8)),
        ("SELECT * {\n ?s ?p '''x }", Place(2, 8)),
        ("SELECT * { ?s ?p \\u0053ERVICE }", Place(1, 18)),
        ("SELECT * {\u00a0?s ?p ?o }", Place(1, 11)),
        ("SELECT * { ?s ?p ?o FILTERex:f(?o<'>') }", Place(1, 34)),
        ("PREFIX a: <b:>\rSELECT * { \x00 }", Place(2, 12)),
    ],
)
def test_what_is_no_query_is_refused_with_its_place(text: str, place: Place) -> None:
    with pytest.raises(QueryTextError) as caught:
        inspect(text)
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("text", "nesting"),
    [
        ("ASK {}", 1),
        ("ASK {} # {{{", 1),
        ("ASK { ?s ?p '{[(' , <x:y> }", 1),
        ("ASK {{{}}}", 3),
        ("ASK { FILTER((1)) }", 3),
        ("ASK { ?s ?p [ ?q (1 [ ?r () ]) ] }", 5),
        ("ASK { {} {} {} }", 2),
        ("ASK }}} { }", 1),
    ],
)
def test_nesting(text: str, nesting: int) -> None:
    assert inspect(text).nesting == nesting


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("ASK {}", 0),
        ("ASK { ?s ?p ?o }", 1),
        ("ASK { ?s ?p ?o . ?s ?p ?o . }", 2),
        ("ASK { ?s ?p ?o ; ?q ?r , ?t }", 3),
        ("ASK { ?s a/ex:b/ex:c ?o }", 3),
        ("ASK { ?s ?p ?o OPTIONAL { ?s ?p ?o } ?a ?b ?c }", 3),
        ("ASK { ?s ?p [ ?q ?r ; ?t ?u ] }", 3),
        ("ASK { ?s ?p (1 2 3) }", 4),
        ("ASK { VALUES (?a ?b) { (1 2) (3 4) (<x:y> 'z') } }", 0),
        ("ASK { VALUES ?a { 1 2 3 4 5 } ?a ?b ?c }", 1),
        ("ASK { ?s ?p ?o FILTER(?o / 2 > 1 && ?o IN (1, 2, 3)) BIND(1 / 2 AS ?x) }", 1),
        ("SELECT (1 / 2 AS ?x) { { SELECT ?s (SUM(?o / 2) AS ?y) { ?s ?p ?o } GROUP BY ?s } }", 1),
    ],
)
def test_patterns(text: str, patterns: int) -> None:
    assert inspect(text).patterns == patterns


@pytest.mark.parametrize(
    "text",
    [
        "ASK {" + "a.a.a." * 100_000 + "}",
        "ASK { ?s ?p '" + "'" * 500_000,
        "ASK {" + "<" * 500_000,
        "ASK {" + "_:a." * 150_000,
        "ASK {" + "{" * 500_000,
    ],
)
def test_a_hostile_megabyte_is_refused_or_read_through(text: str) -> None:
    # Ending at all is the point: a search that starts again at every letter would take hours.
    try:
        line = inspect(text).last_pattern.line
    except QueryTextError as error:
        line = error.place.line
    assert line == 1
