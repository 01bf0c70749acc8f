"""Writes what the ontology entails beside it: ``python -m rdfconv.reasoning``."""

from rdfconv.entailment import ENTAILED, Entailments
from rdfconv.vocabulary import ontology_folder

(ontology_folder() / ENTAILED).write_text(Entailments.work_out().as_json(), encoding="utf-8")
