"""Where a file is asked for, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wansync.digest import Digest, Revision
from wansync.manifest import MirrorRef, Scheme, SourceRef
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, Places, StageItem, path_on
from wansync.settings.mirror_text import merge_mirrors, parse_mirrors

if TYPE_CHECKING:
    from wansync.settings.mirrors import Mirror

DIGEST = Digest("7c" + "a" * 62)
HUB = Origin(source=SourceRef.parse("hf:Wan/T2V"), revision=Revision("b" * 40), path=RelativePath("vae/w 1.bin"))
LOCAL = Origin(source=SourceRef.parse("file:w"), revision=Revision(f"sha256:{'c' * 64}"), path=RelativePath("vae.bin"))
PLAIN = f"blobs/sha256/7c/{DIGEST}"


def mirrors(text: str) -> tuple[Mirror, ...]:
    return merge_mirrors([parse_mirrors(text)])


def item(*origins: Origin) -> StageItem:
    path = RelativePath("vae.bin")
    return StageItem(digest=DIGEST, size=9, path=path, verb=FileVerb.FETCH, have=0, origins=origins or (HUB,))


def asked(places: Places, *origins: Origin) -> list[str]:
    return [f"{place.source} {place.path}" for place in places.of(item(*origins))]


def test_mirrors_come_by_priority_around_the_sources() -> None:
    places = Places(
        mirrors=mirrors("late=s3:bucket/w,priority=100 nas=file:/w,priority=20 cdn=https://h/w off=file:/x,enabled=no")
    )

    assert asked(places) == [
        f"mirror:nas {PLAIN}",
        f"mirror:cdn {PLAIN}",
        f"{HUB.source} {HUB.path}",
        f"mirror:late {PLAIN}",
    ]


def test_directory_of_the_lock_comes_before_all() -> None:
    places = Places(mirrors=mirrors("nas=file:/w,priority=0"), origin=False)

    assert asked(places, HUB, LOCAL) == [f"{LOCAL.source} {LOCAL.path}", f"mirror:nas {PLAIN}"]
    assert places.begins_local(item(HUB, LOCAL))


def test_directory_that_lacks_a_file_is_passed_over() -> None:
    places = Places(mirrors=mirrors("nas=file:/w cdn=https://h/w"), holds=lambda mirror, path: mirror.name != "nas")

    assert asked(places)[0] == f"mirror:cdn {PLAIN}"
    assert not places.has_local(item())


def test_directory_that_is_not_there_is_asked_and_not_counted_on() -> None:
    places = Places(mirrors=mirrors("nas=file:/w"), holds=lambda *_: False, stands=lambda _: False)

    assert asked(places) == [f"mirror:nas {PLAIN}", f"{HUB.source} {HUB.path}"]
    assert not places.begins_local(item())
    assert not places.has_local(item())


def test_offline_leaves_directories() -> None:
    places = Places(mirrors=mirrors("nas=file:/w cdn=https://h/w,priority=1"), offline=True)

    assert asked(places) == [f"mirror:nas {PLAIN}", f"{HUB.source} {HUB.path}"]
    assert places.has_local(item())


def test_without_sources_and_mirrors_there_is_no_place() -> None:
    places = Places(mirrors=mirrors("out=s3:bucket/w,mode=write"), origin=False)

    assert asked(places) == []
    assert places.asked == ()


def test_only_the_last_mirror_without_sources_is_worth_waiting_for() -> None:
    two = mirrors("nas=https://a/w cdn=https://b/w,priority=90")
    nas, cdn = (MirrorRef.of(name, local=False) for name in ("nas", "cdn"))

    assert [Places(mirrors=two, origin=False).is_last_hope(ref) for ref in (nas, cdn)] == [False, True]
    assert not Places(mirrors=two).is_last_hope(cdn)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://h/{sha256:.2}/{sha256:.4}/{sha256}", f"7c/7caa/{DIGEST}"),
        ("https://h/{repo}/resolve/{revision}/{path}", f"Wan/T2V/resolve/{'b' * 40}/vae/w 1.bin"),
        ("https://h/all/by-{sha256}.bin", f"by-{DIGEST}.bin"),
    ],
)
def test_address_says_where_a_file_is(url: str, path: str) -> None:
    (mirror,) = mirrors(f"one={url}")

    assert str(path_on(mirror, DIGEST, HUB)) == path


def test_mirror_by_repository_has_nothing_of_a_directory() -> None:
    (mirror,) = mirrors("one=https://h/{repo}/{path}")

    assert path_on(mirror, DIGEST, LOCAL) is None
    assert path_on(mirror, DIGEST) is None


def test_places_by_path_are_asked_for_each_of_them_and_others_once() -> None:
    other = Origin(source=SourceRef.parse("hf:Wan/I2V"), revision=HUB.revision, path=HUB.path)
    places = Places(mirrors=mirrors("by=https://h/{repo}/{path} plain=https://p"), origin=False)

    assert asked(places, HUB, other) == [
        f"mirror:by Wan/T2V/{HUB.path}",
        f"mirror:by Wan/I2V/{HUB.path}",
        f"mirror:plain {PLAIN}",
    ]


def test_no_manifest_can_name_a_mirror() -> None:
    with pytest.raises(ValueError, match="starts with one of hf:, s3:, https:, file:"):
        SourceRef.parse("mirror:company")
    assert str(MirrorRef.of("company", local=True)) == f"{Scheme.MIRROR}:company"
