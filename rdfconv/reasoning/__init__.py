"""What follows from the ontology, asked of a reasoner over small graphs."""
