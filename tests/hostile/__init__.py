"""Bad requests against a running server: ``make hostile`` prints what should come and what came."""
