"""One object whose digest nobody knows, as the engine's parts take it: a file of a source that gives nothing else."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, NoReturn

from wansync.digest import Digest, Revision
from wansync.errors import SourceFailError
from wansync.events import Event, EventStream
from wansync.plan import FileVerb, Origin, StageItem
from wansync.sources import Source, SourceChangedError, key_of
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.listing import SourceFile
    from wansync.manifest import SourceRef
    from wansync.sources import Body, Payload, Span

_NO_REVISION = Revision.of_tree(Digest.of(b""))


@value_type(kw_only=False)
class UnnamedObject:
    """An object, and where it is."""

    source: SourceRef
    payload: Payload

    @property
    def key(self) -> Digest:
        """What stands in for its digest."""
        return key_of(self.source, self.payload)

    @property
    def shown(self) -> str:
        """Where it is, for people and events."""
        return printable(f"{self.source.location.strip('/')}/{self.payload.path}")

    @property
    def origin(self) -> Origin:
        """Where the engine's parts find it."""
        return Origin(source=self.source, revision=_NO_REVISION, path=self.payload.path)

    @property
    def item(self) -> StageItem:
        """What the engine's parts are to make present."""
        payload = self.payload
        return StageItem(
            digest=self.key,
            size=payload.size,
            path=payload.path,
            verb=FileVerb.FETCH,
            have=0,
            origins=(self.origin,),
        )

    def open(self) -> HeldSource:
        """Return a source that gives this object."""
        return HeldSource(self)

    def refuse_change(self) -> NoReturn:
        """Raise the error for bytes of more than one object."""
        path, source = printable(self.payload.path.text), printable(str(self.source))
        raise SourceFailError(
            f"`{path}` in `{source}` changed while it was read",
            hint="Wait until nobody changes it there, then run the same command again",
            source=source,
            path=path,
        ) from None


class HeldSource(Source):
    """A source that gives one object and nothing else: a request that meets another one fails for good."""

    def __init__(self, object_: UnnamedObject) -> None:
        super().__init__(object_.source)
        self._object = object_

    @property
    def parallel(self) -> bool:
        """Several spans may be asked for at once where something tells that they are of one object."""
        return self._object.payload.change is not None

    @property
    def host(self) -> str:
        """The server's."""
        return self._object.payload.host

    def abort(self, thread: int | None = None) -> None:
        """Break off what waits for the object's bytes, or all that waits at its source."""
        self._object.payload.abort(thread)

    def _body(self, file: SourceFile, span: Span, validator: str | None) -> Body:
        del file, validator
        try:
            return self._object.payload.body(span)
        except SourceChangedError:
            self._object.refuse_change()

    def _resolve(self, ref: str | None) -> NoReturn:
        raise NotImplementedError(ref)

    def _list(self, *_: object) -> NoReturn:
        raise NotImplementedError

    def _open(self, *_: object) -> NoReturn:
        raise NotImplementedError


class UnnamedEvents(EventStream):
    """The stream of a run on which objects have no digest yet, and a path that says where they are.

    Args:
        events: the run's own.
    """

    def __init__(self, events: EventStream) -> None:
        super().__init__(events.run)
        self._events = events
        self._paths: dict[str, str] = {}

    def name(self, object_: UnnamedObject) -> None:
        """Let an object be called by its place."""
        self._paths[str(object_.key)] = object_.shown

    def emit(self, event: Event) -> None:
        """Report an event; an object's key is nobody else's business."""
        path = self._paths.get(str(getattr(event, "digest", "")))
        if path is not None and {"digest", "path"} <= {field.name for field in fields(event)}:
            event = replace(event, digest="", path=path)  # type: ignore[call-arg]
        self._events.emit(event)
