"""The edge triples of a table by maplib: ``python with_maplib.py TABLE OUT``.

TABLE has the column `Evidence`, the local name of each evidence's IRI. polars reads it and puts the
IRIs together, a template of OTTR makes five triples of each row. Runs in maplib's environment.
"""

import sys

import polars as pl
from maplib import Model  # type: ignore[import-not-found]

TEMPLATE = """
@prefix tfl: <https://w3id.org/tflink-rdf/ontology#> .
@prefix ottr: <http://ns.ottr.xyz/0.4/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix : <https://w3id.org/tflink-rdf/benchmark#> .
:Edge [ottr:IRI ?edge, ottr:IRI ?factor, ottr:IRI ?target, ottr:IRI ?evidence] :: {
  ottr:Triple(?factor, tfl:regulates, ?target),
  ottr:Triple(?edge, rdf:type, tfl:RegulatoryInteraction),
  ottr:Triple(?edge, tfl:transcriptionFactor, ?factor),
  ottr:Triple(?edge, tfl:target, ?target),
  ottr:Triple(?edge, tfl:evidence, ?evidence)
} .
"""
BASE, UNIPROT = "https://w3id.org/tflink-rdf/", "http://purl.uniprot.org/uniprot/"
COLUMNS = ["UniprotID.TF", "UniprotID.Target", "Evidence"]


def main(table: str, out: str) -> None:
    """Convert ``table`` to the N-Triples file ``out``."""
    # Every cell is text and a quote is a character, as in the other sides.
    rows = pl.read_csv(table, separator="\t", quote_char=None, infer_schema=False, columns=COLUMNS)
    factor, target, evidence = map(pl.col, COLUMNS)
    terms = rows.select(
        edge=pl.concat_str(pl.lit(BASE + "interaction/"), factor, pl.lit("_"), target),
        factor=UNIPROT + factor,
        target=UNIPROT + target,
        evidence=BASE + "evidence/" + evidence,
    )
    model = Model()
    model.add_template(TEMPLATE)
    model.map("https://w3id.org/tflink-rdf/benchmark#Edge", terms, validate_iris=False)
    model.write(out, format="ntriples")


if __name__ == "__main__":
    main(*sys.argv[1:])
