"""The web application: a SPARQL endpoint and linked-data pages over one engine.

`server.app.create_app` is the factory; `server.serve` runs the application under gunicorn. Nothing
is imported here, so that a query worker (`server.engine.worker`) draws in no application.
"""
