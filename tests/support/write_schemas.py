"""Write the schemas and the reference of settings that are generated: `make schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.configuration import CONFIGURATION, configuration
from wansync.manifest.schema import MANIFEST_SCHEMA

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
MODELS_SCHEMA = SCHEMAS / "models.schema.json"


def models_schema() -> str:
    """Return the text of `schemas/models.schema.json`."""
    return json.dumps(MANIFEST_SCHEMA, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write what is generated."""
    MODELS_SCHEMA.write_text(models_schema(), encoding="utf-8")
    CONFIGURATION.write_text(configuration(), encoding="utf-8")


if __name__ == "__main__":
    main()
