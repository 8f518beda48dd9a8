"""A project whose files are at a liar, what a sync of it comes to, and what must hold after it."""

from __future__ import annotations

import os
import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import tomlkit

from tests.chaos import where as places
from tests.chaos.bucket import BUCKET, PREFIX
from tests.chaos.limits import measured, patience
from tests.chaos.where import WEB_URL, Where
from tests.support.hub import Hub
from tests.support.hub_project import HubProject
from tests.support.project import ProjectBuilder, Recorder
from tests.support.weights import weights_of
from tests.torture.promises import wrong_bytes
from wansync.digest import Digest
from wansync.errors import WansyncError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.chaos.server import Liar
    from wansync.ops.sync import SyncReport

SEGMENT = 8 * 2**20
SMALL, MEDIUM, LARGE = "small.safetensors", "medium.safetensors", "large.safetensors"
SIZES = {SMALL: 2**16, MEDIUM: 2**20 + 12_345, LARGE: 3 * SEGMENT + 12_345}
"""One from the Hub itself, one from its CDN by a single request, and one from there of more than three segments."""
READY = "READY"
WATCHDOG_SECONDS = 20
"""A run that takes longer hangs. Far more than any needs, on a machine that has much else to do."""
MAX_MEMORY = 192 * 2**20
"""How much more memory a sync may take than there was before, the liar's buffers included, in bytes."""
MAX_SWALLOWED = 16 * 2**20
"""How many bytes too many a client may take, most of which the system has in its buffers."""


def make_files() -> dict[str, bytes]:
    """Return the files, whose bytes nowhere repeat, so that a wrong offset is noticed."""
    chance = random.Random("chaos")  # noqa: S311 (nothing secret)
    return {name: weights_of(size, chance.randbytes) for name, size in SIZES.items()}


@dataclass(frozen=True, slots=True)
class Locked:
    """The files of a project, and its manifest and lock as texts."""

    files: Mapping[str, bytes]
    manifest: bytes
    lock: bytes

    @classmethod
    def make(cls, folder: Path) -> Locked:
        """Lock a project with a model for each file, against an honest hub, in an empty folder."""
        files = make_files()
        with Hub() as hub:
            builder = HubProject(folder / "app", folder / "store", hub)
            repository = hub.repository("test/chaos", license="mit")
            repository.commit(dict(files))
            names = {name.partition(".")[0]: name for name in files}
            builder.manifest["components"] = {
                f"c-{id_}": {"kind": "vae", "source": "hf:test/chaos", "include": [name]} for id_, name in names.items()
            }
            builder.manifest["models"] = {id_: builder.model("t2v", {"vae": f"c-{id_}"}) for id_ in names}
            builder.manifest["profiles"] = {"all": [f"{id_}@small" for id_ in names]}
            builder.write()
            builder.api(hub_endpoint=hub.url, no_hub_cache=True, min_free="0").lock()
        return cls(files, builder.manifest_path.read_bytes(), builder.lock_path.read_bytes())

    def at(self, where: Where, folder: Path, liar: Liar) -> Locked:
        """Return the project as it is where its files are, locked at a liar that is honest, in an empty folder.

        A mirror has what any lock names, so that it stands beside the Hub.
        """
        if where not in _COMPONENTS:
            return self
        builder = ProjectBuilder(folder / "app", folder / "store")
        builder.directory.mkdir(parents=True)
        builder.manifest = tomlkit.parse(self.manifest.decode()).unwrap()
        for component in builder.manifest["components"].values():
            component.update(_COMPONENTS[where](component.pop("include")[0], self.files))
        builder.manifest_path.write_text(tomlkit.dumps(builder.manifest))
        with patch.dict(os.environ, places.variables(where, liar, liar)):
            builder.api(min_free="0").lock()
        return Locked(self.files, builder.manifest_path.read_bytes(), builder.lock_path.read_bytes())


def _of_web(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    stated = {"path": name, "size": len(files[name]), "sha256": str(Digest.of(files[name]))}
    return {"source": f"https:${WEB_URL}", "files": [stated]}


def _of_bucket(name: str, _: Mapping[str, bytes]) -> dict[str, Any]:
    return {"source": f"s3:{BUCKET}/{PREFIX}", "include": [name]}


_COMPONENTS = {Where.WEB: _of_web, Where.BUCKET: _of_bucket}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurry:
    """How soon a run gives up.

    Args:
        seconds: that a server may be silent.
        retries: after so many failures in a row.
    """

    seconds: int = 10
    retries: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a sync ended.

    Args:
        how: `READY`, the code of an error, `HUNG`, or the type of an exception that must not be.
        said: everything that it said: the error, its cause, and each event.
        memory: how much more memory it took at its peak than there was before, in bytes.
        report: what it returned, if it did.
    """

    how: str
    said: str
    memory: int
    report: SyncReport | None = None


class Stage:
    """A project with a model for each file, a store of its own, and a liar in the place of its source or a mirror.

    Args:
        folder: empty; all is below it.
        locked: the project.
        liar: where its files are.
        where: what the liar is.
        source: who is honest, where the liar is a mirror.
    """

    def __init__(
        self, folder: Path, locked: Locked, liar: Liar, where: Where = Where.HUB, source: Liar | None = None
    ) -> None:
        self.liar, self.locked, self.folder = liar, locked, folder
        self.where, self.source = where, source or liar
        self.project = ProjectBuilder(folder / "app", folder / "store")
        self.project.directory.mkdir(parents=True)
        self.project.manifest_path.write_bytes(locked.manifest)
        self.project.lock_path.write_bytes(locked.lock)
        self._outside = self._look_around()

    def sync(
        self,
        name: str,
        hurry: Hurry | None = None,
        *,
        watchdog: float = WATCHDOG_SECONDS,
        **choices: Any,  # noqa: ANN401 (those of a project)
    ) -> Ended:
        """Sync the model with a file, in a thread that is left alone when it hangs."""
        hurry = hurry or Hurry()
        recorder, ended = Recorder(), list[Ended]()
        given = {**places.choices(self.where, self.source), **choices}

        def work() -> None:
            how, report, said = READY, None, ""
            try:
                project = self.project.api(reporters=[recorder], http_retries=hurry.retries, **given)
                report = project.sync(name.partition(".")[0])
            except WansyncError as error:
                how, said = str(error.code), f"{error!r} {error.to_dict()} {error.__cause__!r} {error.__context__!r}"
            except BaseException as error:  # noqa: BLE001 (anything else is what is looked for)
                how, said = type(error).__name__, repr(error)
            ended.append(Ended(how=how, said=f"{said} {recorder.events}", memory=0, report=report))

        with patience(hurry.seconds), patch.dict(os.environ, self._variables()), measured() as peak:
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            thread.join(watchdog)
        end = ended[0] if ended else Ended(how="HUNG", said=str(recorder.events), memory=0)
        return Ended(how=end.how, said=end.said, memory=peak(), report=end.report)

    def _variables(self) -> dict[str, str]:
        return places.variables(self.where, self.liar, self.source)

    def broken(self, ended: Ended) -> list[str]:
        """Return the promises that were broken by a sync, as sentences."""
        texts = [path.read_bytes() for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".part"]
        kept = b"\0".join(text for text in texts if len(text) < SIZES[SMALL]) + self._names()
        secrets = sorted(secret for secret in places.secrets(self._liars) if secret)
        found = wrong_bytes(self.project)
        found += [f"the secret {secret[:9]} was said" for secret in secrets if secret in ended.said]
        found += [f"the secret {secret[:9]} was kept" for secret in secrets if secret.encode() in kept]
        found += places.strays(self.where, self.liar, self.source)
        found += [f"outside of the store: {name}" for name in sorted(self._look_around() ^ self._outside)]
        found += [f"{ended.memory} bytes of memory"] if ended.memory > MAX_MEMORY else []
        found += [f"{count} bytes too many were taken" for count in self._too_many() if count > MAX_SWALLOWED]
        return found + [f"{name}: {failure!r}" for name, liar in self._liars.items() for failure in liar.failures]

    def not_healed(self, name: str, *, kept: bool = False, spoilt: bool = False) -> list[str]:
        """Return what is wrong with a sync from a server that behaves again.

        Args:
            name: of the file.
            kept: whether a part of it must be on disk already.
            spoilt: whether that part may be wrong without a sign of it, so that it must be fetched again.
        """
        self.liar.be_honest()
        ended = self.sync(name)
        if ended.report is None:
            return [f"not healed: {ended.how}: {ended.said[:1000]}"]
        outcome = ended.report.applied.outcome if ended.report.applied else None
        resumed, fetched = (outcome.resumed, outcome.fetched) if outcome else (SIZES[name], 0)
        found = self.broken(ended)
        found += [] if self.is_right(name) else ["no right bytes"]
        right = resumed + fetched == SIZES[name] or (spoilt and "FetchRestarted" in ended.said)
        found += [] if right else [f"{resumed} + {fetched} bytes"]
        found += [] if self.liar.requested <= fetched else [f"{self.liar.requested} of {fetched} bytes requested"]
        found += ["nothing was kept"] if kept and not resumed else []
        return found + [f"`{left}` was left" for left in self.project.leftovers()]

    def is_right(self, name: str) -> bool:
        """Return whether the blob of a file is there, with its bytes."""
        path = self.project.layout.blob(Digest.of(self.locked.files[name]))
        return path.exists() and path.read_bytes() == self.locked.files[name]

    def _names(self) -> bytes:
        return "\0".join(str(path) for path in self.folder.rglob("*")).encode()

    @property
    def _liars(self) -> dict[str, Liar]:
        return {"the source": self.source, "the liar": self.liar}

    def _too_many(self) -> Iterator[int]:
        for asked in self.liar.asked:
            yield asked.sent - len(self.liar.files[asked.name])

    def _look_around(self) -> set[tuple[str, bytes]]:
        """Return the files that are not in the store."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {(str(path), path.read_bytes()) for path in paths if not path.is_relative_to(self.project.models_root)}
