"""What a manifest says is shown clean and short, and never when it could be a secret."""

from __future__ import annotations

import pytest

from tests.unit.samples import edited
from wansync.errors import InvalidManifestError
from wansync.manifest import parse_manifest

KIND = 'kind = "text_encoder"'
UMT5 = 'source = "hf:test/umt5"'


def refused(old: str, new: str) -> InvalidManifestError:
    with pytest.raises(InvalidManifestError) as caught:
        parse_manifest(edited(old, new))
    return caught.value


@pytest.mark.parametrize("scheme", ["http", "https", "s3"])
def test_source_that_carries_a_secret_is_refused_without_showing_it(scheme: str) -> None:
    error = refused(UMT5, f'source = "{scheme}://user:hunter2@host/x"')

    assert error.facts["key_path"] == "components.umt5.source"
    assert "hunter2" not in str(error.to_dict())


def test_value_from_the_file_is_shown_clean_and_short() -> None:
    error = refused(KIND, f'kind = "\\u001b[2J{"x" * 100}"')

    assert f"`\\x1b[2J{'x' * 72}…` is not allowed here" in str(error)
