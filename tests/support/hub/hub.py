"""The test hub itself: its repositories, its faults, and the record of what it was asked."""

from __future__ import annotations

import itertools
import secrets
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Self

from tests.support.hub.faults import Faults, Ledger
from tests.support.hub.files import OBJECT
from tests.support.hub.repository import HubRepository
from tests.support.hub.routes import answer as answer_to
from tests.support.hub.server import OriginServer
from tests.support.hub.wire import Refusal, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hub.content import HubFile
    from tests.support.hub.wire import Answer


class Hub:
    """A hub at `url` whose large files are at `cdn_url`, another origin. A context manager.

    Args:
        host: the address of the hub itself, one of this machine; the other origin is always a loopback one.

    Attributes:
        token: of a user who may read everything.
        stranger: the token of a user who may read what is public.
        requests: everything that arrived, in order.
        failures: what went wrong in the hub itself; leaving the context raises the first.
    """

    token = "hf_TesterTesterTesterTesterTesterTest"  # noqa: S105 - worth nothing elsewhere
    stranger = "hf_StrangerStrangerStrangerStrangerStr"

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.repositories: dict[str, HubRepository] = {}
        self.objects: dict[str, HubFile] = {}
        self.requests: list[Request] = []
        self.failures: list[Exception] = []
        self.ledger = Ledger()
        self.secret = secrets.token_hex()
        self._names: dict[str, str] = {}
        self._serials = itertools.count()
        self._hurried = Event()
        self._hub, self._cdn = OriginServer(self, "hub", host), OriginServer(self, "cdn")
        self.url, self.cdn_url = self._hub.url, self._cdn.url

    def __enter__(self) -> Self:
        self._hub.start()
        self._cdn.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hurry()
        self._hub.stop()
        self._cdn.stop()
        if self.failures:
            raise self.failures[0]

    @property
    def faults(self) -> Faults:
        """What the hub does wrong; setting it starts every count anew."""
        return self.ledger.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.ledger = Ledger(faults)

    def repository(
        self,
        name: str,
        *,
        license: str | None = None,  # noqa: A002 - the word of the Hub
        gated: bool = False,
        private: bool = False,
    ) -> HubRepository:
        """Make an empty repository."""
        made = HubRepository(id=name, license=license, gated=gated, private=private, objects=self.objects)
        self.repositories[name] = made
        self._names.pop(name, None)
        return made

    def rename(self, old: str, new: str) -> None:
        """Give a repository another name; the old one leads to it."""
        repository = self.repositories.pop(old)
        repository.id = new
        self.repositories[new] = repository
        self._names[old] = new
        self._names.pop(new, None)

    def count(self, text: str, method: str | None = None) -> int:
        """Return how many requests had a text in their path or query."""
        return sum(request.about(text) for request in self.requests if method in (None, request.method))

    @property
    def sent(self) -> int:
        """The bytes of large files that were sent."""
        return sum(request.sent for request in self.requests if OBJECT.fullmatch(request.route))

    def clear(self) -> None:
        """Forget what was asked."""
        self.requests.clear()

    def find(self, name: str, request: Request) -> HubRepository:
        """Return a repository that the asker may know of, or refuse."""
        repository = self.repositories.get(name)
        if repository is None or (repository.private and request.token != self.token):
            raise Refusal(404 if request.token else 401, "RepoNotFound", "Repository not found")
        if repository.disabled:
            raise Refusal(403, "", "Access to this resource is disabled.")
        return repository

    def moved(self, request: Request) -> str | None:
        """Return where the repository of a request answers now, if it was renamed; relative, as the Hub says it."""
        for old, new in self._names.items():
            if f"/{old}/" in f"{request.route}/":
                return request.path.replace(f"/{old}", f"/{new}", 1)
        return None

    def next_serial(self) -> int:
        """Return a number that no signed address had yet."""
        return next(self._serials)

    def pause(self, seconds: float | None) -> None:
        """Wait, at most until the hub stops or is to hurry."""
        self._hurried.wait(seconds)

    def hurry(self) -> None:
        """Wait no more: what is being sent slowly comes at once, and what is silent is broken off."""
        self._hurried.set()

    @contextmanager
    def answering(self, request: Request) -> Iterator[Answer]:
        """Give the answer to a request, and count the body as open until it was sent."""
        ledger, faults = self.ledger, self.faults
        is_body = request.method == "GET" and OBJECT.fullmatch(request.route)
        if not (is_body and faults.max_bodies):
            yield answer_to(self, request)
        elif ledger.open("bodies open", faults.max_bodies):
            try:
                yield answer_to(self, request)
            finally:
                ledger.close("bodies open")
        else:
            yield Refusal(faults.max_bodies_status, "", "Too many connections").answer()
