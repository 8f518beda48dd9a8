"""The files that an `https:` component states: what goes with them, and what is locked of them."""

from __future__ import annotations

import pytest

from wansync.digest import Digest
from wansync.errors import InvalidManifestError
from wansync.manifest import parse_manifest
from wansync.paths import RelativePath, StatedFile

DIGEST = Digest.of(b"bytes")
FILES = f'files = [{{ path = "b.json" }}, {{ path = "a.safetensors", size = 5, sha256 = "{DIGEST}" }}]'


def text_of(source: str, *lines: str) -> bytes:
    head = 'schema_version = 1\n[project]\nname = "app"\n[components.vae]\nkind = "vae"\n'
    return "\n".join([f'{head}source = "{source}"', *lines, ""]).encode()


def refused(source: str, *lines: str) -> tuple[str, str]:
    with pytest.raises(InvalidManifestError) as raised:
        parse_manifest(text_of(source, *lines))
    return raised.value.reason, raised.value.hint


@pytest.mark.parametrize("source", ["https://host/dir", "https://host:8443", "https:$VAE_URL"])
def test_stated_files_are_those_of_the_component(source: str) -> None:
    component = parse_manifest(text_of(source, FILES)).components["vae"]

    assert component.files == (
        StatedFile(path=RelativePath("b.json")),
        StatedFile(path=RelativePath("a.safetensors"), size=5, digest=DIGEST),
    )


def test_request_has_them_in_an_order_of_their_own() -> None:
    component = parse_manifest(text_of("https://host/dir", FILES)).components["vae"]

    assert component.request() == {
        "files": [{"path": "a.safetensors", "size": 5, "sha256": str(DIGEST)}, {"path": "b.json"}]
    }


@pytest.mark.parametrize(
    ("text", "expected"), [("sub/b.json", True), ("b.json", False), ("sub/c.json", False), ("sub/deep/b.json", False)]
)
def test_filter_takes_what_is_stated_and_nothing_else(text: str, *, expected: bool) -> None:
    component = parse_manifest(text_of("https://host/dir", FILES, 'subfolder = "sub"')).components["vae"]

    assert component.filter.takes(text) is expected


@pytest.mark.parametrize("size", [0, 5])
def test_digest_that_a_size_rules_out_is_refused(size: int) -> None:
    digest = Digest.of(b"" if size else b"bytes")

    reason, _ = refused("https://host/dir", f'files = [{{ path = "a", size = {size}, sha256 = "{digest}" }}]')

    assert f"no {size} bytes have this digest" in reason


@pytest.mark.parametrize("key", ['include = ["*"]', 'exclude = ["*"]', 'revision = "main"', 'shards = "used"'])
def test_what_a_list_of_files_makes_pointless_is_refused(key: str) -> None:
    reason, hint = refused("https://host/dir", FILES, key)

    name = key.partition(" ")[0]
    assert f"`components.vae.{name}`: `{name}` does not go with an `https:` source" in reason
    assert hint.startswith(f"Leave out `{name}`")


@pytest.mark.parametrize("source", ["hf:owner/name", "s3:bucket/dir", "file:dir"])
def test_source_that_lists_has_no_stated_files(source: str) -> None:
    reason, hint = refused(source, FILES)

    assert "`components.vae.files`: only an `https:` source has `files`" in reason
    assert "`include`" in hint


def test_source_without_files_is_refused() -> None:
    reason, hint = refused("https://host/dir")

    assert reason.endswith("an `https:` source lists nothing, so its files must be named")
    assert hint.startswith("Add `files` to it")


@pytest.mark.parametrize(
    "source", ["https:host/dir", "https:VAE_URL", "https:$1", "https:$A-B", "https:///dir", "https:$A/dir"]
)
def test_what_is_no_address_is_refused(source: str) -> None:
    assert refused(source, FILES)[0].endswith("the source is no address of the web")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ("[]", "`components.vae.files`: the value is empty"),
        ('[{ path = "../x" }]', "`components.vae.files[0].path`: Unsafe path `../x`: a part is '..'"),
        ('[{ path = "x", size = -1 }]', "`components.vae.files[0].size`: expected a number that is not negative"),
        ('[{ path = "x", sha256 = "abc" }]', "`components.vae.files[0].sha256`: `abc` is not well formed"),
        ('[{ path = "x", md5 = "1" }]', "`components.vae.files[0].md5`: unknown key `md5`"),
        ("[{ size = 1 }]", "`components.vae.files[0]`: `path` is missing"),
        ('[{ path = "x" }, { path = "X" }]', "`components.vae.files`: `X` and `x` cannot exist side by side"),
    ],
)
def test_list_that_makes_no_sense_is_refused(files: str, reason: str) -> None:
    assert reason in refused("https://host/dir", f"files = {files}")[0]


def test_tables_of_their_own_say_the_same() -> None:
    tables = ["[[components.vae.files]]", 'path = "b.json"', "[[components.vae.files]]", 'path = "a.safetensors"']
    tables += ["size = 5", f'sha256 = "{DIGEST}"']

    assert parse_manifest(text_of("https://host/dir", *tables)) == parse_manifest(text_of("https://host/dir", FILES))
