"""Which protein a name stands for: an accession, or a name as TFLink spells it.

A protein that has a name as its label counts before those that have it among other spellings; a
name spelled exactly so before one with other upper and lower case.
"""

from __future__ import annotations

from rdfconv.client.edges import Protein, Source, proteins, values_of
from rdfconv.client.errors import AmbiguousNameError, Candidate, UnknownProteinError
from rdfconv.errors import UsageError, shown
from rdfconv.identifiers import ACCESSION, UNIPROT
from rdfconv.vocabulary import declared

_PREFIXES = declared("rdfs", "skos", "obo", "up")
_ACCESSION = """SELECT ?protein ?name ?taxon WHERE {
  VALUES ?protein { <%s> }
  ?protein a up:Protein .
  OPTIONAL { ?protein rdfs:label ?name }
  OPTIONAL { ?protein obo:RO_0002162 ?taxon }
}"""
_NAMED = """SELECT DISTINCT ?protein ?name ?taxon WHERE {
  VALUES ?called { %s }
  ?protein %s ?called ; a up:Protein .
  OPTIONAL { ?protein rdfs:label ?name }
  OPTIONAL { ?protein obo:RO_0002162 ?taxon }
}"""


def resolve(source: Source, name: str, organism: int | None = None) -> Protein:
    """The protein that a name stands for.

    Args:
        source: what is asked.
        name: a UniProtKB accession, or a protein's name.
        organism: the NCBI taxonomy id that it must be of; None for any.

    Raises:
        UnknownProteinError: no protein has that name.
        AmbiguousNameError: several have it.
    """
    name = name.strip()
    if not name:
        raise UsageError("the name of a protein is empty", hint="give a name or an accession")
    accession = name.upper()
    if ACCESSION.fullmatch(accession):
        for one in _ask(source, _ACCESSION % (UNIPROT + accession)):
            return _checked(one, organism)
    spellings = list(dict.fromkeys((name.upper(), name.capitalize(), name.lower())))
    for names in ([name], spellings):
        for spelling in ("rdfs:label", "skos:altLabel"):
            named = _ask(source, _NAMED % (values_of(names), spelling))
            found = [one for one in named if organism in (None, one.taxon)]
            if len(found) > 1:
                raise AmbiguousNameError(name, [Candidate(x.id, x.name, x.taxon) for x in found])
            if found:
                return found[0]
    raise _unknown(name, organism)


def _ask(source: Source, query: str) -> list[Protein]:
    found = proteins(source.ask(_PREFIXES + query).rows)
    return [Protein(iri, *told) for iri, told in sorted(found.items())]


def _checked(protein: Protein, organism: int | None) -> Protein:
    if organism not in (None, protein.taxon):
        raise UnknownProteinError(
            f"{protein.id} is of taxon {protein.taxon or 'unknown'}, not of {organism}",
            hint="leave the organism out, or give another accession",
        )
    return protein


def _unknown(name: str, organism: int | None) -> UnknownProteinError:
    of = f" of taxon {organism}" if organism is not None else ""
    return UnknownProteinError(
        f"there is no protein {shown(name)}{of}",
        hint="names are gene symbols as TFLink spells them; accessions look like Q06945",
    )
