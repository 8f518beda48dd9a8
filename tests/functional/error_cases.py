"""For every error code, one way to meet it."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.hub import Faults, Hub
from tests.support.project import Ran, content, wansync
from tests.support.simulators import reach_directories_alone
from tests.support.web import Web
from wansync.errors import ErrorCode
from wansync.wan.smoke.process import Ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.project import ProjectBuilder

UMT5 = "shared/text_encoder/model.safetensors"


def checksum_fail(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    (project.directory / "weights" / UMT5).write_bytes(content("other bytes", 4000))
    return wansync("sync", "--json")


def digest_unknown(project: ProjectBuilder) -> Ran:
    component = {"kind": "text_encoder", "source": "https:$UMT5_URL", "files": [{"path": "model.safetensors"}]}
    project.manifest["components"]["umt5"] = component
    project.write()
    with Web({"model.safetensors": project.files[UMT5]}) as web, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UMT5_URL", web.url)
        return wansync("lock", "--json")


def internal(project: ProjectBuilder) -> Ran:
    def explode(*_: object) -> None:
        raise RuntimeError("a bug")

    # The guard has made the home a file, so the log cannot be written either.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wansync.cli.commands.status.op", explode)
        return wansync("status", "--json")


def interrupted(project: ProjectBuilder) -> Ran:
    return stopped_by(signal.SIGINT, project)


def terminated(project: ProjectBuilder) -> Ran:
    return stopped_by(signal.SIGTERM, project)


def stopped_by(number: signal.Signals, project: ProjectBuilder) -> Ran:
    """Sync until the first file begins, and send this process a signal then."""
    assert wansync("lock").status == 0

    def stop(*_: object) -> None:
        signal.raise_signal(number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wansync.transfer.Engine.make_present", stop)
        return wansync("sync", "--json")


VRAM = {
    "params_billion": 14.288491584,
    "block_params_billion": 0.351394304,
    "experts": 2,
    "vae_stride": 8,
    "text_encoder_params_billion": 5.680910336,
    "text_encoder_block_params_billion": 1.050148864,
    "vae_params_billion": 0.126892531,
    "diffusers": {
        "overhead_factor": 1.08,
        "context_gib": 0.6,
        "denoise_bytes_per_token": 113664,
        "decode_elements_per_pixel": 5113,
        "decode_elements_per_pixel_tiled": 1140,
    },
}


def estimated(project: ProjectBuilder, *arguments: str) -> Ran:
    """Ask for the memory of a model whose files are no copy of a published one: its precision says nothing."""
    project.manifest["models"]["alpha"]["vram"] = VRAM
    project.manifest["models"]["alpha"]["variants"]["small"]["precision"] = "gguf"
    project.write()
    assert wansync("lock").status == 0
    return wansync("wan", "vram", "alpha", *arguments, "--json")


def invalid_components(project: ProjectBuilder) -> Ran:
    assert wansync("sync").status == 0
    return wansync("wan", "check", "alpha", "--json")


def invalid_input(project: ProjectBuilder) -> Ran:
    return estimated(project, "--size", "1280x724", "--frames", "81")


def no_vram(project: ProjectBuilder) -> Ran:
    return estimated(project, "--size", "1280x720", "--frames", "81", "--memory", "24GiB", "--offload", "model")


def smoked(project: ProjectBuilder, ended: Ended | None) -> Ran:
    """Run a smoke test whose process ends so, wherever torch is; without an end, where there is no torch."""
    assert wansync("sync").status == 0
    with pytest.MonkeyPatch.context() as patch:
        if ended is None:
            patch.setattr("wansync.wan.libraries.find_spec", lambda _: None)
        else:
            patch.setattr("wansync.wan.smoke.run.require_libraries", lambda: None)
            patch.setattr("wansync.wan.smoke.run.ask_process", lambda *_: ended)
        return wansync("smoke", "alpha", "--json")


def extra_missing(project: ProjectBuilder) -> Ran:
    return smoked(project, None)


def smoke_fail(project: ProjectBuilder) -> Ran:
    return smoked(project, Ended(answer=b"", log="Killed\n", status=-9))


def smoke_timeout(project: ProjectBuilder) -> Ran:
    return smoked(project, Ended(answer=b"", log="", status=None))


def not_supported(project: ProjectBuilder) -> Ran:
    project.manifest["models"]["alpha"]["variants"]["small"]["layout"] = "comfyui"
    project.write()
    return smoked(project, None)


def invalid_config(project: ProjectBuilder) -> Ran:
    (project.directory / "config.toml").write_text('link_mode = "junction"\n')
    return wansync("status", "--config-file", "config.toml", "--json")


def invalid_listing(project: ProjectBuilder) -> Ran:
    project.manifest["components"]["umt5"]["include"] = ["*.gguf"]
    project.write()
    return wansync("lock", "--json")


def invalid_lock(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    project.lock_path.write_text(project.lock_path.read_text().replace("size = 4000", 'size = "4000"'))
    return wansync("status", "--json")


def invalid_manifest(project: ProjectBuilder) -> Ran:
    project.manifest["components"]["umt5"]["revison"] = "main"
    project.write()
    return wansync("lock", "--json")


def invalid_plan(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    (project.directory / "saved.json").write_text(wansync("status", "--json").stdout)
    return wansync("sync", "--plan", "saved.json", "--json")


def plan_stale(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    assert wansync("plan", "--out", "saved.json").status == 0
    project.files[UMT5] = content("umt5, trained further", 4000)
    project.write()
    assert wansync("lock").status == 0
    return wansync("sync", "--plan", "saved.json", "--json")


def invalid_weights(project: ProjectBuilder) -> Ran:
    project.files[UMT5] = b"<!doctype html>"
    project.write()
    assert wansync("lock").status == 0
    return wansync("sync", "--json")


def lock_conflict(project: ProjectBuilder) -> Ran:
    project.lock_path.write_text("<<<<<<< HEAD\nversion = 1\n=======\nversion = 1\n>>>>>>> theirs\n")
    return wansync("sync", "--json")


def lock_missing(project: ProjectBuilder) -> Ran:
    return wansync("status", "--json")


def lock_stale(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    project.manifest["models"]["alpha"]["version"] = "2.0"
    project.write()
    return wansync("sync", "--frozen", "--json")


def lock_timeout(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    store = project.api()._workspace().store()
    store.prepare()
    with store.locks.roots():
        return wansync("sync", "--lock-timeout", "0", "--json")


def manifest_missing(project: ProjectBuilder) -> Ran:
    project.manifest_path.unlink()
    return wansync("lock", "--json")


def not_found(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    (project.directory / "weights" / UMT5).unlink()
    return wansync("sync", "--json")


def no_keyring(project: ProjectBuilder) -> Ran:
    class Nothing:
        """What the library takes where the system has no keyring."""

    Nothing.__module__ = "keyring.backends.fail"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", "https://huggingface.co")
        patch.setattr("wansync.sources.credentials.vault._installed", Nothing)
        return wansync("auth", "login", "--json")


def no_space(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    return wansync("sync", "--min-free", "100%", "--json")


def offline_missing(project: ProjectBuilder) -> Ran:
    lock_hub_component(project)
    return wansync("sync", "hub", "--offline", "--json")


def path_unsafe(project: ProjectBuilder) -> Ran:
    project.files["shared/text_encoder/aux.json"] = b"{}"
    project.write()
    return wansync("lock", "--json")


def policy_denied(project: ProjectBuilder) -> Ran:
    project.files["shared/text_encoder/pytorch_model.bin"] = content("pickle", 100)
    project.write()
    return wansync("lock", "--json")


def source_fail(project: ProjectBuilder) -> Ran:
    project.manifest["components"]["umt5"]["revision"] = "main"
    project.write()
    return wansync("lock", "--json")


def auth_fail(project: ProjectBuilder) -> Ran:
    return lock_at_hub(project, Faults(), private=True)


def gated_repo(project: ProjectBuilder) -> Ran:
    return lock_at_hub(project, Faults(), gated=True)


def network_fail(project: ProjectBuilder) -> Ran:
    return lock_at_hub(project, Faults(server_error=100))


def rate_limited(project: ProjectBuilder) -> Ran:
    return lock_at_hub(project, Faults(rate_limit=100, wait=40))


def lock_at_hub(project: ProjectBuilder, faults: Faults, *, private: bool = False, gated: bool = False) -> Ran:
    """Lock a component of a hub that has it, and does something wrong."""
    project.manifest["components"]["umt5"] = {"kind": "text_encoder", "source": "hf:test/text"}
    project.write()
    with Hub() as hub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", hub.url)
        patch.setenv("WANSYNC_HTTP_RETRIES", "0")
        hub.repository("test/text", private=private, gated=gated).commit({"config.json": b"{}"})
        hub.faults = faults
        return replace_url(wansync("lock", "--json"), hub.url)


def replace_url(ran: Ran, url: str) -> Ran:
    """Return the same run without the port, which differs each time."""
    return Ran(ran.status, ran.stdout.replace(url, "http://hub"), ran.stderr.replace(url, "http://hub"))


def source_unsupported(project: ProjectBuilder) -> Ran:
    project.manifest["components"]["umt5"]["source"] = "s3:bucket/prefix"
    project.write()
    with pytest.MonkeyPatch.context() as patch:
        reach_directories_alone(patch)
        return wansync("lock", "--json")


def store_fail(project: ProjectBuilder) -> Ran:
    assert wansync("sync").status == 0
    project.layout.version.write_text("2\n")
    return wansync("status", "--json")


def unknown_model(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    return wansync("ensure", "alpha@smal", "--json")


def usage(project: ProjectBuilder) -> Ran:
    assert wansync("lock").status == 0
    return wansync("sync", "alpha@1.0:", "--json")


def lock_hub_component(project: ProjectBuilder) -> None:
    """Lock a component of the Hub from a recorded listing."""
    project.manifest["components"]["hub"] = {"kind": "vae", "source": "hf:test/repository"}
    project.write()
    listing = {
        "format_version": 1,
        "source": "hf:test/repository",
        "revision": "0123456789abcdef0123456789abcdef01234567",
        "files": [{"path": "vae.safetensors", "size": 5, "sha256": "2c" * 32}],
    }
    (project.directory / "listings").mkdir()
    (project.directory / "listings" / "hub.json").write_text(json.dumps(listing))
    assert wansync("lock", "--listings", "listings").status == 0


CASES: dict[ErrorCode, Callable[[ProjectBuilder], Ran]] = {
    ErrorCode.AUTH_FAIL: auth_fail,
    ErrorCode.CHECKSUM_FAIL: checksum_fail,
    ErrorCode.DIGEST_UNKNOWN: digest_unknown,
    ErrorCode.EXTRA_MISSING: extra_missing,
    ErrorCode.GATED_REPO: gated_repo,
    ErrorCode.INTERNAL: internal,
    ErrorCode.INTERRUPTED: interrupted,
    ErrorCode.INVALID_COMPONENTS: invalid_components,
    ErrorCode.INVALID_CONFIG: invalid_config,
    ErrorCode.INVALID_INPUT: invalid_input,
    ErrorCode.INVALID_LISTING: invalid_listing,
    ErrorCode.INVALID_LOCK: invalid_lock,
    ErrorCode.INVALID_MANIFEST: invalid_manifest,
    ErrorCode.INVALID_PLAN: invalid_plan,
    ErrorCode.INVALID_WEIGHTS: invalid_weights,
    ErrorCode.LOCK_CONFLICT: lock_conflict,
    ErrorCode.LOCK_MISSING: lock_missing,
    ErrorCode.LOCK_STALE: lock_stale,
    ErrorCode.LOCK_TIMEOUT: lock_timeout,
    ErrorCode.MANIFEST_MISSING: manifest_missing,
    ErrorCode.NETWORK_FAIL: network_fail,
    ErrorCode.NOT_FOUND: not_found,
    ErrorCode.NO_KEYRING: no_keyring,
    ErrorCode.NOT_SUPPORTED: not_supported,
    ErrorCode.NO_SPACE: no_space,
    ErrorCode.NO_VRAM: no_vram,
    ErrorCode.OFFLINE_MISSING: offline_missing,
    ErrorCode.PATH_UNSAFE: path_unsafe,
    ErrorCode.PLAN_STALE: plan_stale,
    ErrorCode.POLICY_DENIED: policy_denied,
    ErrorCode.RATE_LIMITED: rate_limited,
    ErrorCode.SMOKE_FAIL: smoke_fail,
    ErrorCode.SMOKE_TIMEOUT: smoke_timeout,
    ErrorCode.SOURCE_FAIL: source_fail,
    ErrorCode.SOURCE_UNSUPPORTED: source_unsupported,
    ErrorCode.STORE_FAIL: store_fail,
    ErrorCode.TERMINATED: terminated,
    ErrorCode.UNKNOWN_MODEL: unknown_model,
    ErrorCode.USAGE: usage,
}
