"""Files come from mirrors: in their order, with the next place on any failure, and never a wrong byte."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.functional.mirrors import damage
from tests.functional.output import document
from tests.support.mirror_server import MirrorServer
from tests.support.project import Recorder, content, wansync
from wansync.digest import Digest
from wansync.events import SourceFailed
from wansync.store.layout import RELEASED, StoreLayout

if TYPE_CHECKING:
    from tests.functional.mirrors import Fleet


def failed(fleet: Fleet, *models: str) -> list[str]:
    """Sync, and return the sources that were told of as failed."""
    recorder = Recorder()
    fleet.project.api(reporters=[recorder]).sync(*models)
    return [event.source for event in recorder.of(SourceFailed)]


@pytest.mark.parametrize("kind", ["directory", "http", "store"])
def test_fleet_needs_no_source(fleet: Fleet, kind: str) -> None:
    fleet.filled()
    # What a store has is as good: its blobs are at the same places.
    root = fleet.project.models_root if kind == "store" else fleet.mirror
    fleet.machine("second")

    with MirrorServer(root) as server:
        fleet.use(f"nas={server.url if kind == 'http' else f'file:{root}'}", origin=False)
        ran = wansync("sync", "--frozen", "--json")

    report = document("sync", ran)
    assert (ran.status, report["complete"], report["bytes"]["fetched"]) == (0, True, 16929)
    assert fleet.project.hub.requests == []
    assert wansync("verify").status == 0


@pytest.mark.parametrize("offline", [False, True])
def test_file_without_a_byte_is_on_no_mirror_and_needs_none(fleet: Fleet, *, offline: bool) -> None:
    fleet.project.text.commit({"merges.txt": b""})
    assert wansync("lock", "--upgrade").status == 0
    fleet.filled()
    assert not StoreLayout(fleet.mirror).blob(Digest.of(b"")).exists()
    store = fleet.machine("second")
    fleet.use(f"nas=file:{fleet.mirror}", origin=offline)

    assert wansync("sync", "--frozen", *(["--offline"] if offline else [])).status == 0

    assert StoreLayout(store).blob(Digest.of(b"")).read_bytes() == b""
    assert wansync("verify").status == 0


def test_offline_takes_from_a_directory_and_never_from_a_server(fleet: Fleet) -> None:
    fleet.filled()
    fleet.machine("second")

    with MirrorServer(fleet.mirror) as server:
        fleet.use(f"web={server.url}")
        assert wansync("sync", "--frozen", "--offline").status == 18
        assert server.asked == []

        fleet.use(f"web={server.url},priority=1 nas=file:{fleet.mirror}")
        assert wansync("sync", "--frozen", "--offline").status == 0
        assert server.asked == []


def test_what_no_mirror_has_says_which_were_asked(fleet: Fleet) -> None:
    fleet.filled()
    fleet.encoder.unlink()
    fleet.machine("second")

    with MirrorServer(fleet.mirror) as server:
        fleet.use(f"nas=file:{fleet.mirror} web={server.url}", origin=False)
        ran = wansync("fetch", "umt5", "--frozen", "--json")

    error = document("error", ran)["error"]
    assert (ran.status, error["code"], error["facts"]["mirrors"]) == (11, "NOT_FOUND", ["nas", "web"])
    assert "`model.safetensors` is not on `nas`, `web`, and its source may not be asked" in error["message"]

    fleet.use("", origin=False)
    ran = wansync("sync", "--frozen")
    assert (ran.status, "there is no mirror to ask" in ran.stderr) == (11, True)


def test_directory_that_is_not_there_is_told_of_as_a_server_that_is_down(fleet: Fleet) -> None:
    """Else a fleet whose file server is not mounted fetches all from the Hub, and nobody knows."""
    gone = fleet.mirror / "not-mounted"
    fleet.machine("second")
    fleet.use(f"nas=file:{gone}", origin=False)
    alone = wansync("sync", "--frozen", "--json")
    offline = wansync("sync", "--frozen", "--offline")
    fleet.use(f"nas=file:{gone}")
    beside = wansync("sync", "--frozen")

    error = document("error", alone)["error"]
    assert (alone.status, error["code"]) == (11, "SOURCE_FAIL")
    assert (f"has no directory `{gone}`" in error["message"], error["hint"][:14]) == (True, "Mount the disk")
    assert (offline.status, beside.status) == (18, 0)
    assert beside.stderr.count(f"has no directory `{gone}`; other places are asked") == 1


def test_sources_are_asked_for_nothing_at_all_when_they_may_not_be(fleet: Fleet) -> None:
    fleet.use("", origin=False)

    ran = wansync("lock", "--upgrade")

    assert (ran.status, ran.stderr.count("may not be asked")) == (3, 2)
    assert fleet.project.hub.requests == []


def test_file_that_a_mirror_lacks_comes_from_the_next_place_without_a_word(fleet: Fleet) -> None:
    fleet.filled()
    lacking = fleet.encoder
    lacking.unlink()
    fleet.machine("second")

    with MirrorServer(fleet.mirror) as server:
        fleet.use(f"web={server.url}")
        assert failed(fleet) == []

    assert server.asked.count(f"/{lacking.relative_to(fleet.mirror).as_posix()}") == 1
    assert {request.path for request in fleet.project.hub.requests if request.method == "GET"}


@pytest.mark.parametrize("kind", ["directory flipped", "directory cut", "http flipped", "http cut"])
def test_wrong_bytes_come_from_the_next_place_and_the_mirror_is_named(fleet: Fleet, kind: str) -> None:
    fleet.filled()
    good = shutil.copytree(fleet.mirror, fleet.mirror.with_name("good"))
    damage(fleet.encoder, cut=kind.endswith("cut"))
    fleet.machine("second")

    with MirrorServer(fleet.mirror) as server:
        bad = server.url if "http" in kind else f"file:{fleet.mirror}"
        fleet.use(f"bad={bad},priority=1 good=file:{good}", origin=False)
        ran = wansync("sync", "--frozen", "--json")

    assert ran.status == 0
    assert document("sync", ran)["quarantined"] == ["mirror:bad"]
    assert wansync("verify").status == 0


def test_mirror_that_is_down_is_soon_given_up(fleet: Fleet) -> None:
    fleet.filled()
    fleet.machine("second")

    with MirrorServer(fleet.mirror, down=True) as server:
        fleet.use(f"web={server.url}")
        told = failed(fleet)

    assert set(told) == {"mirror:web"}
    # One retry for the files that were asked for first, at once; none for the others, which go to the next place.
    assert len(server.asked) < 2 * 8


def test_mirror_that_refuses_is_told_of_and_passed_over(fleet: Fleet) -> None:
    fleet.filled()
    fleet.machine("second")

    with MirrorServer(fleet.mirror, refuses=True) as server:
        fleet.use(f"web={server.url}")
        assert set(failed(fleet)) == {"mirror:web"}

        fleet.machine("third")
        told = wansync("fetch", "umt5", "vae", "--frozen").stderr
        fleet.machine("fourth")
        fleet.use(f"web={server.url}", origin=False)
        ran = wansync("sync", "--frozen")

    # Once for all files.
    assert told.count("; other places are asked") == 1
    assert (ran.status, "mirror:web" in ran.stderr) == (12, True)


def test_partial_goes_on_at_another_place(fleet: Fleet) -> None:
    fleet.filled()
    whole = fleet.encoder
    store = fleet.machine("second")
    fleet.use(f"nas=file:{fleet.mirror}", origin=False)
    partial = StoreLayout(store).partial(Digest(whole.name), RELEASED)
    partial.parent.mkdir(parents=True)
    partial.write_bytes(whole.read_bytes()[:3000])

    ran = wansync("fetch", "umt5", "--frozen", "--json")

    outcome = document("fetch", ran)["bytes"]
    assert (outcome["resumed"], outcome["fetched"]) == (3000, 1010)


def test_system_settings_name_mirrors_for_all_and_a_user_may_leave_one_out(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.filled()
    fleet.machine("second")
    system = fleet.mirror.with_name("xdg") / "wansync" / "config.toml"
    system.parent.mkdir(parents=True)
    system.write_text(f'origin = false\n[mirrors.nas]\nurl = "file:{fleet.mirror}"\n')
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(system.parents[1]))
    for name in ("WANSYNC_MIRRORS", "WANSYNC_ORIGIN"):
        monkeypatch.delenv(name)

    assert wansync("sync", "--frozen").status == 0
    (listed,) = document("mirror-list", wansync("mirror", "list", "--json"))["mirrors"]
    assert (listed["name"], listed["given_by"]) == ("nas", f"system config: {system}")

    monkeypatch.setenv("WANSYNC_MIRRORS", "nas=,enabled=no")
    assert "nas              50  off" in wansync("mirror", "list").stdout


def test_project_cannot_name_a_mirror(fleet: Fleet) -> None:
    fleet.project.manifest["settings"] = {"mirrors": {"mine": {"url": "file:/tmp/x"}}}
    fleet.project.write()

    ran = wansync("mirror", "list")

    assert ran.status == 2
    assert "no project can set this" in ran.stderr


def test_large_file_goes_on_at_the_next_mirror_where_one_breaks_off(fleet: Fleet) -> None:
    big = content("big", 9 * 2**20)
    fleet.project.video.commit({"vae/vae.safetensors": big})
    assert wansync("lock", "--upgrade").status == 0
    fleet.filled()
    cut = fleet.mirror.with_name("cut")
    shutil.copytree(fleet.mirror, cut)
    store = fleet.machine("second")

    with MirrorServer(cut, gives=5 * 2**20) as server:
        fleet.use(f"web={server.url},priority=1 nas=file:{fleet.mirror}", origin=False)
        ran = wansync("fetch", "vae", "--frozen", "--json")

    outcome = document("fetch", ran)["bytes"]
    assert (ran.status, outcome["fetched"]) == (0, len(big))
    assert Digest.of(StoreLayout(store).blob(Digest.of(big)).read_bytes()) == Digest.of(big)
    assert len(server.asked) > 1


def test_large_file_that_a_directory_has_wrong_comes_in_segments_from_the_source(fleet: Fleet) -> None:
    big = content("big", 9 * 2**20)
    fleet.project.video.commit({"vae/vae.safetensors": big})
    assert wansync("lock", "--upgrade").status == 0
    fleet.filled()
    (stored,) = fleet.mirror.rglob(Digest.of(big).hex)
    stored.chmod(0o644)
    stored.write_bytes(big[:-1] + b"!")
    store = fleet.machine("second")

    fleet.use(f"nas=file:{fleet.mirror}")
    ran = wansync("fetch", "vae", "--frozen", "--json")

    assert (ran.status, document("fetch", ran)["quarantined"]) == (0, ["mirror:nas"])
    assert Digest.of(StoreLayout(store).blob(Digest.of(big)).read_bytes()) == Digest.of(big)
    spans = {request.headers["range"] for request in fleet.project.hub.requests if "range" in request.headers}
    assert len(spans) > 1, "one request for all of it keeps no journal"


def test_plan_says_where_it_will_ask_and_asks_nobody(fleet: Fleet) -> None:
    with MirrorServer(fleet.mirror) as server:
        fleet.use(f"web={server.url},priority=200 hub={server.url}/{{repo}}/{{path}} off=file:/a,mode=write")
        ran, said = wansync("plan", "--json"), wansync("plan").stdout
        assert server.asked == []

    report = document("plan", ran)
    assert [(place["kind"], place["place"]) for place in report["places"]] == [
        ("mirror", "mirror:hub"),
        *(("source", place["place"]) for place in report["places"][1:3]),
        ("mirror", "mirror:web"),
    ]
    assert {place["place"] for place in report["places"][1:3]} == {"hf:test/video", "hf:test/text"}
    assert [place["bytes"] for place in report["places"] if place["kind"] == "mirror"] == [report["bytes"]["fetch"]] * 2
    assert report["nowhere"] == []
    asked = "Asked in this order, until one has a file: mirror hub, the sources that the lock names, mirror web."
    assert asked in " ".join(said.split())


def test_plan_names_files_that_no_place_may_be_asked_for(fleet: Fleet) -> None:
    fleet.use("", origin=False)
    ran, said = wansync("plan", "--json"), wansync("plan")

    report = document("plan", ran)
    assert (report["places"], len(report["nowhere"])) == ([], 5)
    assert sum(file["size"] for file in report["nowhere"]) == report["bytes"]["fetch"]
    assert said.status == 0
    assert "warning: No place may be asked for 5 files, 16.5 KiB: model-00001-of-00003" in said.stderr
    assert "and 2 more\nhint: Allow sources" in said.stderr
    assert wansync("sync", "--frozen").status == 11

    fleet.use(f"nas=file:{fleet.mirror}", origin=False)
    assert document("plan", wansync("plan", "--json"))["nowhere"] == [], "nobody knows before it is asked"
    fleet.use("web=https://hub-copy.example/{sha256}")
    fleet.patch.setenv("WANSYNC_OFFLINE", "1")
    assert len(document("plan", wansync("plan", "--json"))["nowhere"]) == 5
