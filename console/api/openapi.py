"""The OpenAPI document: `python -m console.api.openapi` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from console.api import models
from console.api.handler import app
from console.api.problems import CONTENT_TYPE

DOCUMENT: Final = Path(__file__).with_name("openapi.json")


_PROBLEM: Final = {
    "description": "Why it was not done",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def document() -> str:
    """The document that the routes make, as JSON."""
    made = json.loads(
        app.get_openapi_json_schema(
            title="Baton operations API",
            version="1.0.0",
            description="Every change needs the group `operators` and a reason, and is on record.",
        )
    )
    made["servers"] = [{"url": "/api", "description": "the stage, on the origin of the console's pages"}]
    schemas = made["components"]["schemas"]
    for powertools_own in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        schemas.pop(powertools_own, None)
    schemas["Problem"] = models.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schemas["Problem"].pop("$defs"))
    for operations in made["paths"].values():
        for operation in operations.values():
            del operation["responses"]["422"]
            operation["responses"]["default"] = _PROBLEM
    made["components"]["securitySchemes"] = {
        "user": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token of Cognito"}
    }
    made["security"] = [{"user": []}]
    return json.dumps(made, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
