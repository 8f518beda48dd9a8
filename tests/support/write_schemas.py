"""Write the schemas that are generated: `make schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from wansync.manifest.schema import MANIFEST_SCHEMA

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
MODELS_SCHEMA = SCHEMAS / "models.schema.json"


def models_schema() -> str:
    """Return the text of `schemas/models.schema.json`."""
    return json.dumps(MANIFEST_SCHEMA, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write what is generated."""
    MODELS_SCHEMA.write_text(models_schema(), encoding="utf-8")


if __name__ == "__main__":
    main()
