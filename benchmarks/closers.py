"""The peers of benchmarks/entailment.py: ``python closers.py owlrl|reasonable DATA ONTOLOGY OUT``.

DATA and ONTOLOGY are N-Triples with a name that ends in .ttl; the closure of both goes to OUT as
N-Triples, and how many seconds closing alone took to standard output.
"""

import sys
import time
import warnings
from collections.abc import Iterable
from typing import Any


def main(engine: str, data: str, ontology: str, out: str) -> None:
    """Close the two files together."""
    closed: Iterable[tuple[Any, Any, Any]]
    if engine == "owlrl":
        import rdflib

        warnings.simplefilter("ignore", DeprecationWarning)
        import owlrl

        closed = graph = rdflib.Graph().parse(data, format="turtle")
        graph.parse(ontology, format="turtle")
        start = time.perf_counter()
        owlrl.DeductiveClosure(
            owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False
        ).expand(graph)
    else:
        import reasonable  # type: ignore[import-not-found]

        reasoner = reasonable.PyReasoner()
        reasoner.load_file(data)
        reasoner.load_file(ontology)
        start = time.perf_counter()
        closed = reasoner.reason()
    print(time.perf_counter() - start)
    with open(out, "w", encoding="utf-8") as stream:
        for subject, predicate, value in closed:
            stream.write(f"{subject.n3()} {predicate.n3()} {value.n3()} .\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
