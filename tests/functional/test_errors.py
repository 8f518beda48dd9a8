"""Every error code, really produced: what a person reads, what a program reads, and the exit status."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.error_cases import CASES
from tests.functional.output import document, filtered
from wansync.errors import EXIT_STATUS, ErrorCode

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder

SAID = snapshot(
    {
        "CHECKSUM_FAIL": [
            "`text_encoder/model.safetensors` from `file:weights/shared` has other bytes than the locked ones",
            "If the change is meant, run `wansync lock`; if not, restore the file",
            13,
        ],
        "DIGEST_UNKNOWN": [
            "Nobody states the SHA-256 of `model.safetensors` in `https:$UMT5_URL` (needed by umt5)",
            "Run `wansync lock --hash-payloads`, which downloads it once to find out and keeps it for `sync`, or write its `sha256` into `models.toml`",
            2,
        ],
        "INTERNAL": ["This is a bug in wansync: RuntimeError", "Please report it; its log could not be written", 70],
        "INVALID_COMPONENTS": [
            "`alpha@small` cannot run as it is: the slot `vae` (vae): expected a component for the role vae, found none (and 7 more faults)",
            "Mount a component for it in `models.alpha.variants.small.slots` of `models.toml`, and run `wansync lock`",
            13,
        ],
        "INVALID_INPUT": [
            "`alpha` makes no video of 1280x724: width and height must be multiples of 16",
            "Take 1280x720",
            2,
        ],
        "NO_VRAM": [
            "`alpha` at 1280x720 with 81 frames needs about 38.0 GiB of device memory (offload model), and 24.0 GiB are free",
            "`group` fits: it needs 20.1 GiB",
            14,
        ],
        "INVALID_CONFIG": [
            "Invalid settings `[PROJECT]/config.toml` line 1, `link_mode`: `junction` is no link mode",
            "Choose one of auto, reflink, hardlink, symlink, copy",
            2,
        ],
        "INTERRUPTED": ["Interrupted. Nothing is lost", "Run `wansync sync --json` again to go on", 130],
        "INVALID_LISTING": [
            "`file:weights/shared` has no file for the component `umt5`",
            "Check `subfolder`, `include` and `exclude` of `components.umt5`",
            2,
        ],
        "INVALID_LOCK": [
            "Invalid lock `models.lock`, `component[2].files[0].size`: expected an integer, not a string",
            "Restore it from version control, or run `wansync lock` to make it again",
            2,
        ],
        "INVALID_MANIFEST": [
            "Invalid manifest `models.toml` line 24, `components.umt5.revison`: unknown key `revison`",
            "Did you mean `revision`?",
            2,
        ],
        "INVALID_PLAN": [
            "`saved.json` is no saved plan that can be used: it is another document",
            "Make it again with `wansync plan --out FILE`",
            2,
        ],
        "INVALID_WEIGHTS": [
            "`text_encoder/model.safetensors` of `alpha@small` cannot be used: it has no valid safetensors header (it would be longer than the 100000000 bytes that the format allows)",
            "Put a good file in its place in `file:weights/shared`, run `wansync lock`, then the same command again",
            13,
        ],
        "LOCK_CONFLICT": [
            "`models.lock` has merge conflicts",
            "Run `wansync lock`, which merges the two sides component by component",
            2,
        ],
        "LOCK_MISSING": [
            "There is no `models.lock` in `[PROJECT]`",
            "Run `wansync lock` to make it from `models.toml`, and commit it",
            2,
        ],
        "LOCK_STALE": [
            "`models.lock` does not satisfy `models.toml`: models.alpha: changed in the manifest (version)",
            "Run `wansync lock` and commit `models.lock`",
            10,
        ],
        "LOCK_TIMEOUT": [
            "Waited 0ms for the lock `roots`, held by: [COMMAND] (process [PID] on [HOST])",
            "Wait for that process, end it, or allow more time with WANSYNC_LOCK_TIMEOUT",
            15,
        ],
        "MANIFEST_MISSING": [
            "There is no `models.toml` in `[PROJECT]` or above it",
            "Run the command in your project, name it with `--project DIR`, or begin one with `wansync init` or `wansync add`",
            2,
        ],
        "NOT_FOUND": [
            "`file:weights/shared` cannot give `text_encoder/model.safetensors`: No such file or directory",
            "Check `source` and `subfolder` in `models.toml`, and that the files are where they were locked",
            11,
        ],
        "NO_KEYRING": [
            "The keyring cannot be used: there is none on this system",
            "Instead set WANSYNC_TOKEN_HUGGINGFACE_CO, or put the token into a file that others cannot read and name it (HF_TOKEN_PATH for the Hub, a directory in WANSYNC_CREDENTIALS_DIR for all), or install `wansync[keyring]` on a system with a keyring and unlock it",
            12,
        ],
        "NO_SPACE": [
            "Not enough disk space: 18.6 KiB needed, [SIZE] free, of which [SIZE] must stay free",
            "`wansync gc` would free nothing now; make room, choose a larger disk with MODELS_ROOT, or lower the reserve with WANSYNC_MIN_FREE",
            14,
        ],
        "OFFLINE_MISSING": [
            "Not here, and not to be had with `--offline`: 1 file, 5 B",
            "Run the command once without `--offline`, WANSYNC_OFFLINE and HF_HUB_OFFLINE",
            18,
        ],
        "PATH_UNSAFE": [
            "Unsafe path `text_encoder/aux.json`: a part is a device name on Windows (needed by umt5)",
            "Rename the file at its source, or leave it out with `include` or `exclude`",
            2,
        ],
        "PLAN_STALE": [
            "The saved plan is stale: `models.lock` has changed since in `umt5`",
            "Run `wansync plan --out saved.json` again, and look at what it says",
            17,
        ],
        "POLICY_DENIED": [
            "The component `umt5` takes `pytorch_model.bin`, a format that can run code when it is loaded",
            'Use the safetensors files of the model (exclude `*.pth`, `*.bin`, `*.ckpt`, `*.pt`, `*.pkl`, `*.pickle`), or opt in with `pickle = "allow"` in `components.umt5`',
            16,
        ],
        "SOURCE_FAIL": [
            "`file:weights/shared` has no revisions, so it cannot give `main` (needed by umt5)",
            "Remove `revision` from the component; the lock pins the content itself",
            11,
        ],
        "SOURCE_UNSUPPORTED": [
            "This version of wansync cannot reach `s3:` sources: `s3:bucket/prefix` (needed by umt5)",
            "Use a `file:` copy or a newer wansync; to lock it, a recorded listing (`--listings DIR`) is enough",
            2,
        ],
        "STORE_FAIL": ["The store at `[STORE]` has layout version 2; this wansync knows 1", "Upgrade wansync", 19],
        "TERMINATED": ["Terminated. Nothing is lost", "Run `wansync sync --json` again to go on", 143],
        "UNKNOWN_MODEL": ["`alpha` has no variant `smal`", "Did you mean `small`?", 2],
        "USAGE": ["`alpha@1.0:` is no model", "Write `t2v-A14B`, `t2v-A14B@native` or `t2v-A14B@2.2.0:native`", 2],
        "AUTH_FAIL": [
            "`hf:test/text` does not exist, or is private; no token was sent (needed by umt5)",
            "Check the name; for a private repository run `wansync auth login`, or set HF_TOKEN",
            12,
        ],
        "GATED_REPO": [
            "`hf:test/text` is gated, and no token was sent (needed by umt5)",
            "Accept the conditions at http://hub/test/text and set HF_TOKEN to a token of that account",
            12,
        ],
        "NETWORK_FAIL": [
            "`hf:test/text` answered 503 (needed by umt5)",
            "Check the network, the proxy and HF_ENDPOINT, then run the same command again; it goes on where this stopped",
            11,
        ],
        "RATE_LIMITED": [
            "`hf:test/text` has had too many requests from here (needed by umt5)",
            "Try again in 40 seconds; with a token (HF_TOKEN) the Hub allows more",
            11,
        ],
        "EXTRA_MISSING": [
            "Running a model needs `torch`, `diffusers`, `transformers`, `accelerate`, `ftfy`, not installed here",
            "Install the extra `wan` for the Python that runs this: `python -m pip install 'wansync[wan]'`",
            2,
        ],
        "NOT_SUPPORTED": [
            "`alpha@small` has the layout `comfyui`, and pipelines are loaded from `diffusers` alone",
            "Name a variant with the layout `diffusers`, or let ComfyUI load it",
            2,
        ],
        "SMOKE_FAIL": [
            "The process that ran `alpha@small` ended by signal 9 and gave no answer",
            "By signal 9 a system ends what takes its last memory: take a machine with more, or a smaller variant",
            1,
        ],
        "SMOKE_TIMEOUT": [
            "`alpha@small` was not done after 30m 00s, and was stopped",
            "Give it longer with `--timeout SECONDS`, or look whether the device is busy with something else",
            1,
        ],
    }
)


@pytest.mark.parametrize("code", CASES, ids=str)
def test_error_says_what_is_wrong_and_what_helps(project: ProjectBuilder, code: ErrorCode) -> None:
    ran = CASES[code](project)

    error = document("error", ran)["error"]
    assert (error["code"], error["exit_status"], ran.status) == (code, EXIT_STATUS[code], EXIT_STATUS[code])
    hint = error["hint"]
    said = f"error: {error['message']}\nhint: {hint}\n"
    if code in {ErrorCode.INTERRUPTED, ErrorCode.TERMINATED}:
        # Whoever stopped it knows that it failed; what matters is how to go on.
        said = f"{error['message']}; {hint[0].lower()}{hint[1:]}\n"
    assert ran.stderr.endswith(said)
    text = filtered(f"{error['message']}\n{error['hint']}", project)
    assert SAID[str(code)] == [*text.split("\n"), ran.status]


@pytest.mark.parametrize("code", CASES, ids=str)
def test_error_is_one_sentence_and_one_action(project: ProjectBuilder, code: ErrorCode) -> None:
    error = document("error", CASES[code](project))["error"]

    for sentence in (error["message"], error["hint"]):
        assert sentence[0].isupper() or sentence[0].isdigit() or sentence[0] == "`"
        assert not sentence.endswith(".")
        assert "\n" not in sentence


def test_error_table_has_a_case_and_a_status_for_every_code() -> None:
    assert set(CASES) == set(EXIT_STATUS) == set(ErrorCode)
    assert len(set(CASES.values())) == len(ErrorCode)
