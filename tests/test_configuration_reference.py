"""The reference of settings is what the code says."""

from __future__ import annotations

from tests.support.configuration import CONFIGURATION, configuration


def test_reference_of_settings_is_what_the_code_says() -> None:
    written = CONFIGURATION.read_text(encoding="utf-8")

    assert configuration() == written, "run `make schemas` (.venv/bin/python -m tests.support.write_schemas)"
