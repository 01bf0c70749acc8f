"""The API's description as an OpenAPI 3.1 document, made from the table of operations.

>>> content()["openapi"]
'3.1.0'
"""

from __future__ import annotations

from collections.abc import Iterator

from server.api.operations import ALWAYS, OPERATIONS, PREFIX, Operation
from server.api.parameters import Parameter
from server.api.schemas import SCHEMAS, ref
from server.problems import PROBLEM
from server.search import JSON
from server.streaming import RELEASE_HEADER

VERSION = "1.0.0"
"""The version of the API. Members may come in addition; others get another path."""
TITLE = "TFLink as linked data"


def content() -> dict[str, object]:
    """The document."""
    paths: dict[str, dict[str, object]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": VERSION,
            "description": "Which transcription factors regulate which genes, and the evidence "
            "for it. Every answer follows from its address and the release alone.",
        },
        "servers": [{"url": PREFIX}],
        "paths": paths,
        "components": {"schemas": dict(SCHEMAS)},
    }


def _operation(operation: Operation) -> dict[str, object]:
    found: dict[str, object] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.text,
        "parameters": [_parameter(one, operation) for one in operation.parameters],
        "responses": dict(_responses(operation)),
    }
    if operation.body:
        body = {"schema": ref(operation.body), "example": dict(operation.example)}
        found["requestBody"] = {"required": True, "content": {JSON.media_type: body}}
    return found


def _parameter(parameter: Parameter, operation: Operation) -> dict[str, object]:
    found: dict[str, object] = {
        "name": parameter.name,
        "in": "path" if parameter.in_path else "query",
        "required": parameter.is_required,
        "description": parameter.meaning,
        "schema": parameter.schema(),
    }
    if parameter.name in operation.example:
        found["example"] = operation.example[parameter.name]
    return found


def _responses(operation: Operation) -> Iterator[tuple[str, object]]:
    release = {"description": "The release that answers.", "schema": {"type": "string"}}
    yield (
        "200",
        {
            "description": operation.summary,
            "headers": {RELEASE_HEADER: release},
            "content": {JSON.media_type: {"schema": ref(operation.answer)}},
        },
    )
    if not operation.body:
        yield "304", {"description": "The client has the answer already."}
    for status in sorted((*ALWAYS, *operation.problems)):
        yield str(int(status)), _problem(status.phrase)
    yield "default", _problem("Another problem")


def _problem(description: str) -> dict[str, object]:
    content = {PROBLEM.media_type: {"schema": ref("Problem")}}
    return {"description": description, "content": content}
