"""Fetches the files that TFLink publishes.

What there is: `rdfconv.fetching.files`. How a file comes: `rdfconv.fetching.transfer`. What counts
as whole and sound: `rdfconv.fetching.content`.
"""
