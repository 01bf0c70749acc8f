"""The documentation: its pages, and what makes the reference of them (`docs._ext`)."""
