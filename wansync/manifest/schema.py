"""The JSON Schema of `models.toml`: the rules that editors and `parse` share. No IO.

`schemas/models.schema.json` is this value, written by `make schemas`; a test keeps them equal.
"""

from __future__ import annotations

from wansync.manifest.model import ComponentKind, Layout, ModelType, Role
from wansync.manifest.names import ID_PATTERN, MODEL_REF_PATTERN, SHA256_PATTERN, SOURCE_PATTERN
from wansync.settings import SETTINGS, Kind, LinkMode

SCHEMA_VERSION = 1

_ID = {"type": "string", "pattern": ID_PATTERN}
_IDS = {"type": "array", "items": _ID, "uniqueItems": True}
_TEXT = {"type": "string", "minLength": 1}
_PATTERNS = {"type": "array", "items": _TEXT, "uniqueItems": True}
_MODEL_REF = {"type": "string", "pattern": MODEL_REF_PATTERN}
_SCALAR: dict[str, object] = {"type": ["string", "number", "integer", "boolean"]}


def _table(properties: dict[str, object], required: list[str], description: str) -> dict[str, object]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _named(value: dict[str, object], description: str) -> dict[str, object]:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": ID_PATTERN},
        "additionalProperties": value,
    }


def _free(description: str, *, nested: bool = False) -> dict[str, object]:
    kinds: list[dict[str, object]] = [_SCALAR, {"type": "array", "items": _SCALAR}]
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": ID_PATTERN},
        "additionalProperties": {
            "anyOf": [*kinds, _free(description)] if nested else kinds,
            "description": "a string, a number, true or false, or a list of them" + (", or a table" if nested else ""),
        },
    }


_FILE = _table(
    {
        "path": {**_TEXT, "description": "Relative to `subfolder`, else to the source"},
        "size": {"type": "integer", "description": "Bytes; the server is asked where it is left out"},
        "sha256": {
            "type": "string",
            "pattern": SHA256_PATTERN,
            "description": "Of its bytes; where it is left out, `wansync lock --hash-payloads` finds it out",
        },
    },
    ["path"],
    "A file of a source that cannot say what it has",
)

_COMPONENT = _table(
    {
        "kind": {"enum": [str(kind) for kind in ComponentKind], "description": "What the files are"},
        "source": {
            "type": "string",
            "pattern": SOURCE_PATTERN,
            "description": "`hf:owner/name`, `s3:bucket/prefix`, `https://host/dir`, `https:$NAME` (a variable that "
            "holds the URL), `file:dir` (relative to here)",
        },
        "revision": {**_TEXT, "description": "A commit, or a ref such as `main`; the lock pins it"},
        "subfolder": {**_TEXT, "description": "Paths and patterns below are relative to it"},
        "include": {
            **_PATTERNS,
            "description": "Which files (fnmatch, `*` crosses `/`); all when absent, never .git or .cache/huggingface",
        },
        "exclude": {**_PATTERNS, "description": "Which files not"},
        "files": {
            "type": "array",
            "minItems": 1,
            "items": _FILE,
            "description": "The files of an `https:` source, which lists nothing; no patterns go with them",
        },
        "shards": {
            "const": "used",
            "description": "Where an index of shards lies, take only the `.safetensors` and `.bin` files that it names",
        },
        "requires": {**_IDS, "description": "Components that this one is useless without"},
        "pickle": {"const": "allow", "description": "Opt in to files that run code when they are loaded"},
        "license": {**_TEXT, "description": "SPDX id, where the source does not say"},
    },
    ["kind", "source"],
    "A named file set from one source at one revision",
)

_VARIANT = _table(
    {
        "layout": {"enum": [str(layout) for layout in Layout], "description": "The shape of the view"},
        "precision": {**_TEXT, "description": "Such as `bf16`, `fp8` or `fp32`"},
        "slots": {
            "type": "object",
            "minProperties": 1,
            "description": 'Directory of the view (`"."` is its root) -> component, or a list of them',
            "additionalProperties": {
                "anyOf": [_ID, {**_IDS, "minItems": 1}],
                "description": "a component id, or a list of them",
            },
        },
    },
    ["layout", "precision", "slots"],
    "A named choice of components",
)

_ROLE = {
    "description": '"none", or a table `{ provided_by = ROLE }`',
    "anyOf": [
        {"const": "none"},
        _table({"provided_by": {"enum": [str(role) for role in Role]}}, ["provided_by"], "Another role gives it"),
    ],
}

_MODEL = _table(
    {
        "version": _ID,
        "type": {"enum": [str(kind) for kind in ModelType]},
        "aliases": {**_IDS, "description": "Other spellings of the id"},
        "default_variant": _ID,
        "roles": {
            "type": "object",
            "description": "Only what the kinds of the components do not say",
            "propertyNames": {"enum": [str(role) for role in Role]},
            "additionalProperties": _ROLE,
        },
        "defaults": _free("Official generation parameters"),
        "vram": _free("Constants of the memory estimate, or tables of them by phase", nested=True),
        "variants": {**_named(_VARIANT, "Variant name -> variant"), "minProperties": 1},
    },
    ["version", "type", "default_variant", "variants"],
    "What a program asks for",
)

_SETTING_TYPES: dict[Kind, dict[str, object]] = {
    Kind.LINK_MODE: {"enum": ["auto", *LinkMode]},
    Kind.NAMES: _PATTERNS,
    Kind.WORD: {"type": "string"},
    Kind.FLAG: {"type": "boolean"},
}
_SETTINGS = _table(
    {
        setting.name: {**_SETTING_TYPES[setting.kind], "description": setting.about.removesuffix(".")}
        for setting in SETTINGS
        if setting.in_project
    },
    [],
    "What every run on this project does unless its user says otherwise; not locked",
)

MANIFEST_SCHEMA: dict[str, object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "wansync manifest (models.toml)",
    **_table(
        {
            "schema_version": {"const": SCHEMA_VERSION},
            "project": _table(
                {
                    "name": _ID,
                    "default_profile": {**_ID, "description": "The profile that is active by default"},
                },
                ["name"],
                "The project",
            ),
            "settings": _SETTINGS,
            "profiles": _named({"type": "array", "items": _MODEL_REF, "minItems": 1}, "Name -> list of model@variant"),
            "components": _named(_COMPONENT, "Component id -> component"),
            "models": _named(_MODEL, "Model id -> model"),
        },
        ["schema_version", "project"],
        "The models that a project uses",
    ),
}
