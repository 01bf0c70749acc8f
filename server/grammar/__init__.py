"""Reads the shape of a SPARQL query, so that it can be put together again from its own words.

`terms` is what there is in a query, `words` and `syntax` read it.
"""
