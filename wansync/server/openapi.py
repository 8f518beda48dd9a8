"""The description of the routes, in the form of OpenAPI 3.1, whose schemas are JSON Schema as ours are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEEP = {
    "name": "deep",
    "in": "query",
    "schema": {"type": "boolean", "default": False},
    "description": "Also when the files were hashed, and whether their heads make sense together",
}
_DRY = {
    "name": "dry_run",
    "in": "query",
    "schema": {"type": "boolean", "default": False},
    "description": "Promises that nothing is changed and no network is used; it is so without it, too",
}
_AGE = {
    "name": "max_age",
    "in": "query",
    "schema": {"type": "number", "default": 3600, "minimum": 60},
    "description": "Seconds that a test counts; when it is older another one is begun",
}
_MODEL = {
    "name": "model",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "An id, `model@variant`, an alias, or the id of a component",
}


def describe() -> Mapping[str, object]:
    """Return the document."""
    ready = _answers("ready", "Every model can be used") | {"503": _content("One of them cannot", "ready")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "wansync serve",
            "version": __version__,
            "description": "The state of models; read-only",
        },
        "paths": {
            "/livez": _get("The process answers", {"200": {"description": "It does"}}),
            "/readyz": _get("Whether every served model is COMPLETE", ready),
            "/health/models": _get("The health of every served model", _answers("health"), _DEEP, _DRY),
            "/health/models/{model}": _get("The health of one model", _answers("health"), _MODEL, _DEEP, _DRY),
            "/health/models/{model}/smoke": _get(
                "Whether the model ran the last time that it was tried; needs `--allow-smoke`",
                _answers("smoke-health", "It did")
                | {"202": _content("Nobody knows yet", "smoke-health"), "503": _content("It did not", "smoke-health")},
                _MODEL,
                _AGE,
            ),
            "/plan": _get("What a sync would do", _answers("plan")),
            "/runs": _get("Which commands of any process work on the store now", _answers("runs")),
            "/metrics": _get("Metrics in the text format of Prometheus", {"200": {"description": "Metrics"}}),
            "/openapi.json": _get("This document", {"200": {"description": "OpenAPI 3.1"}}),
        },
    }


def _get(summary: str, answers: Mapping[str, object], *parameters: Mapping[str, object]) -> Mapping[str, object]:
    return {"get": {"summary": summary, "parameters": list(parameters), "responses": answers}}


def _answers(schema: str, description: str = "As it is now") -> dict[str, object]:
    return {"200": _content(description, schema), "default": _content("An error", "problem")}


def _content(description: str, schema: str) -> Mapping[str, object]:
    reference = {"$ref": f"urn:wansync:schema:{schema}:1"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}
