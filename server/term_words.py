"""How the page of an ontology calls kinds of terms, and what is said of them: tables of words."""

from __future__ import annotations

from collections.abc import Mapping

from rdfconv.vocabulary import PREFIXES

_RDFS, _OWL, _SKOS = PREFIXES["rdfs"], PREFIXES["owl"], PREFIXES["skos"]
_DCTERMS = PREFIXES["dcterms"]

SECTIONS: Mapping[str, tuple[str, str]] = {
    _OWL + "Class": ("classes", "Classes"),
    _OWL + "ObjectProperty": ("links", "Properties that link things"),
    _OWL + "DatatypeProperty": ("values", "Properties with a literal value"),
    _OWL + "AnnotationProperty": ("annotations", "Annotation properties"),
    _OWL + "NamedIndividual": ("individuals", "Individuals"),
    _RDFS + "Datatype": ("datatypes", "Datatypes"),
    "": ("others", "Other terms"),
}
"""The parts of the page by the type of their terms: anchor and heading."""
KINDS: Mapping[str, str] = {
    _OWL + "Class": "class",
    _OWL + "ObjectProperty": "object property",
    _OWL + "DatatypeProperty": "datatype property",
    _OWL + "AnnotationProperty": "annotation property",
    _OWL + "NamedIndividual": "individual",
    _OWL + "TransitiveProperty": "transitive",
    _OWL + "SymmetricProperty": "symmetric",
    _OWL + "AsymmetricProperty": "asymmetric",
    _OWL + "IrreflexiveProperty": "irreflexive",
    _RDFS + "Datatype": "datatype",
}
"""What a term is, in words."""
HEADINGS: Mapping[str, str] = {
    _SKOS + "altLabel": "Other names",
    _RDFS + "comment": "Comment",
    _SKOS + "scopeNote": "Note",
    _RDFS + "subClassOf": "Kind of",
    _RDFS + "subPropertyOf": "Implies",
    _OWL + "equivalentClass": "Same as",
    _OWL + "equivalentProperty": "Same as",
    _RDFS + "domain": "From (domain)",
    _RDFS + "range": "To (range)",
    _OWL + "inverseOf": "Inverse of",
    _OWL + "propertyChainAxiom": "Follows from",
    _OWL + "disjointWith": "Never also",
    _OWL + "differentFrom": "Different from",
    _SKOS + "exactMatch": "Exact match",
    _SKOS + "closeMatch": "Close match",
    _SKOS + "broadMatch": "Broader match",
    _SKOS + "narrowMatch": "Narrower match",
    _SKOS + "relatedMatch": "Related",
    _RDFS + "seeAlso": "See also",
    _SKOS + "example": "Example",
    _SKOS + "changeNote": "Changes",
    _SKOS + "historyNote": "History",
    _SKOS + "editorialNote": "Status",
    _OWL + "deprecated": "Deprecated",
    _OWL + "versionInfo": "Version",
    _OWL + "versionIRI": "This version",
    _OWL + "priorVersion": "Version before",
    _DCTERMS + "license": "Licence",
    _DCTERMS + "rights": "Rights",
    _DCTERMS + "creator": "By",
    _DCTERMS + "created": "Created",
    _DCTERMS + "issued": "Issued",
    _DCTERMS + "modified": "Changed",
}
"""How what is said of a term is headed, in the order in which it is shown."""
USES: Mapping[str, str] = {
    _RDFS + "subClassOf": "Kinds of it",
    _RDFS + "subPropertyOf": "Implied by",
    _RDFS + "domain": "Its properties",
    _RDFS + "range": "Led to by",
    _OWL + "inverseOf": "Inverse of",
    _OWL + "propertyChainAxiom": "Used in the chain of",
    _SKOS + "closeMatch": "Close match of",
}
"""How what other terms say of a term is headed."""
