"""The edges of a release as a table, for lists that are filtered, sorted, counted and paged.

A graph store answers such questions by one look-up per edge and report; a page of a regulator with
20,000 targets would take half a second. `rdfconv.edges.index` writes the edges
into an SQLite file of the release, `rdfconv.edges.reader` reads it.
"""
