"""The site: a page and a document for everything that has an IRI, and lists of edges."""
