"""The web application: a SPARQL endpoint and linked-data pages over one engine.

`server.app.create_app` is the factory; `server.serve` runs the application under gunicorn. Nothing
is imported here: a query worker (`server.engine.worker`) starts in a tenth of the time without.
"""
