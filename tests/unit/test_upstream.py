"""What one source is asked, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.simulators import MemorySource
from tests.unit.samples import COMMIT, OTHER_COMMIT, component, locked
from wansync.errors import (
    AuthFailError,
    GatedRepoError,
    InvalidListingError,
    NetworkFailError,
    NotFoundError,
    WansyncError,
)
from wansync.events import EventStream
from wansync.ops.upstream import Inquiry
from wansync.outdated import Answer, Question
from wansync.sources.retry import Patience

if TYPE_CHECKING:
    from wansync.digest import Revision
    from wansync.lockfile import LockedComponent

FILES = {"unet/a": b"aaaa", "unet/empty": b"", "vae/b": b"bb"}
GATED = GatedRepoError("It is gated", hint="Accept the conditions")


class Counted(MemorySource):
    """A repository that counts what it is asked for its history too, and may fail."""

    def __init__(self) -> None:
        super().__init__("hf:test/repository", dict(FILES))
        self.commit(COMMIT, None, "main")
        self.histories_asked = 0
        self.listing_error: WansyncError | None = None
        self.history_error: WansyncError | None = None
        self.error: WansyncError | None = None

    def _upstream(self, ref: str | None) -> Any:  # noqa: ANN401
        found = super()._upstream(ref)
        if self.error:
            raise self.error
        return found

    def _contains(self, revision: Revision, ref: str | None) -> bool | None:
        self.histories_asked += 1
        if self.history_error:
            raise self.history_error
        return super()._contains(revision, ref)

    def _list(self, *arguments: Any) -> Any:  # noqa: ANN401
        if self.listing_error:
            raise self.listing_error
        return super()._list(*arguments)


def part(id_: str, path: str, **more: Any) -> LockedComponent:  # noqa: ANN401
    """Return a component with one file of the repository."""
    request = {"include": [path], **more.pop("request", {})}
    return component(id_, locked(path, len(FILES[path])), request=request, **more)


UNET, VAE = part("unet", "unet/a"), part("vae", "vae/b")


def ask(source: MemorySource, *components: LockedComponent) -> list[Answer]:
    questions = [Question.of(component) for component in components]
    inquiry = Inquiry(source, questions, EventStream("run"), Patience())
    return [inquiry.ask(question) for question in questions]


@pytest.fixture
def source() -> Counted:
    return Counted()


def test_unchanged_ref_is_one_question_for_all_components(source: Counted) -> None:
    answers = ask(source, UNET, VAE)

    assert [answer.has_revision and answer.has_ref for answer in answers] == [True, True]
    assert (source.asked, source.histories_asked, source.listed, source.served) == ([None], 0, 0, 0)


def test_moved_ref_is_asked_for_its_history_and_listed_once(source: Counted) -> None:
    source.files["unet/a"] = b"new"
    source.commit(OTHER_COMMIT, None)

    unet, vae = ask(source, UNET, VAE)

    assert (source.asked, source.histories_asked, source.listed) == ([None], 1, 1)
    assert (unet.in_history, unet.has_revision) == (True, True)
    assert unet.listing is not None
    assert unet.listing is vae.listing
    assert [str(file.path) for file in unet.listing.files] == ["unet/a", "vae/b"]


def test_component_that_is_up_to_date_is_not_listed_with_the_others(source: Counted) -> None:
    source.commit(OTHER_COMMIT, None)

    _, vae = ask(source, part("unet", "unet/a", revision=OTHER_COMMIT), VAE)

    assert vae.listing is not None
    assert [str(file.path) for file in vae.listing.files] == ["vae/b"]


def test_commit_outside_of_the_history_is_looked_for(source: Counted) -> None:
    source.force_push(OTHER_COMMIT, None)

    (answer,) = ask(source, UNET)

    assert (answer.in_history, answer.has_revision, source.asked) == (False, True, [None, str(COMMIT)])


def test_deleted_commit_is_not_there(source: Counted) -> None:
    source.force_push(OTHER_COMMIT, None)
    del source.commits[COMMIT]

    (answer,) = ask(source, UNET)

    assert (answer.has_ref, answer.has_revision) == (True, False)


def test_pinned_commit_is_asked_for_alone_although_the_branch_moved(source: Counted) -> None:
    source.commit(OTHER_COMMIT, None)

    (answer,) = ask(source, part("unet", "unet/a", request={"revision": str(COMMIT)}))

    assert (answer.has_revision, answer.listing) == (True, None)
    assert (source.asked, source.histories_asked) == ([str(COMMIT)], 0)


def test_pinned_commit_that_is_gone_leaves_the_source(source: Counted) -> None:
    source.force_push(OTHER_COMMIT, None)
    del source.commits[COMMIT]

    (answer,) = ask(source, part("unet", "unet/a", request={"revision": str(COMMIT)}))

    assert (answer.gone, answer.has_ref, answer.has_revision) == (None, False, False)


def test_deleted_branch_is_not_a_deleted_source(source: Counted) -> None:
    (answer,) = ask(source, part("unet", "unet/a", request={"revision": "v2"}))

    assert (answer.gone, answer.has_ref, answer.has_revision) == (None, False, True)


def test_source_without_anything_is_gone(source: Counted) -> None:
    source.refs = {"unrelated": OTHER_COMMIT}
    source.commits = {}

    (answer,) = ask(source, UNET)

    assert answer.upstream is None
    assert answer.gone is not None
    assert "has no ref" in answer.gone.reason


def test_gated_source_that_can_be_read_costs_one_byte(source: Counted) -> None:
    source.gated = True

    answers = ask(source, UNET, VAE)

    assert [answer.refused for answer in answers] == [None, None]
    assert source.served == 1


@pytest.mark.parametrize("error", [GATED, AuthFailError("The token is not accepted", hint="Log in")])
def test_gated_source_that_cannot_be_read_says_why(source: Counted, error: WansyncError) -> None:
    source.gated = True

    def refuse(path: str, offset: int) -> None:
        raise error

    source.fault = refuse

    assert [answer.refused for answer in ask(source, UNET, VAE)] == [error, error]


def test_gated_source_that_lacks_the_file_of_one_component_refuses_the_others(source: Counted) -> None:
    source.gated = True
    source.commit(OTHER_COMMIT, "main")

    def refuse(path: str, offset: int) -> None:
        raise NotFoundError("No such file", hint="None") if path == "unet/a" else GATED

    source.fault = refuse

    assert [answer.refused for answer in ask(source, UNET, VAE)] == [None, GATED]


def test_source_that_knows_no_histories_is_not_told_to_be_rewritten(source: Counted) -> None:
    source.commit(OTHER_COMMIT, None)
    source.history_error = NotFoundError("No such page", hint="None")

    (answer,) = ask(source, UNET)

    assert (answer.in_history, answer.has_revision, answer.unlisted) == (None, True, None)


def test_gated_source_with_only_empty_files_is_not_read(source: Counted) -> None:
    source.gated = True

    (answer,) = ask(source, part("unet", "unet/empty"))

    assert (answer.refused, source.served) == (None, 0)


def test_gated_source_without_the_locked_commit_is_read_at_the_new_one(source: Counted) -> None:
    source.gated = True
    source.force_push(OTHER_COMMIT, None)
    del source.commits[COMMIT]

    (answer,) = ask(source, UNET)

    assert (answer.refused, source.served) == (None, 1)


def test_gated_source_that_lacks_the_file_now_has_refused_nobody(source: Counted) -> None:
    source.gated = True
    source.files.clear()
    source.force_push(OTHER_COMMIT, None)
    del source.commits[COMMIT]

    (answer,) = ask(source, UNET)

    assert answer.refused is None


def test_refused_listing_of_a_gated_source_is_no_failure_of_its_own(source: Counted) -> None:
    source.gated = True
    source.commit(OTHER_COMMIT, None)
    source.listing_error = GATED

    def refuse(path: str, offset: int) -> None:
        raise GATED

    source.fault = refuse

    (answer,) = ask(source, UNET)

    assert (answer.listing, answer.unlisted, answer.refused) == (None, None, GATED)


def test_listing_that_fails_leaves_what_is_known(source: Counted) -> None:
    source.commit(OTHER_COMMIT, None)
    source.listing_error = InvalidListingError("Its index is none", hint="Tell its owner")

    unet, vae = ask(source, UNET, VAE)

    assert (unet.in_history, unet.listing, unet.unlisted) == (True, None, source.listing_error)
    assert unet.unlisted is vae.unlisted


def test_source_that_does_not_answer_is_asked_once(source: Counted) -> None:
    source.error = NetworkFailError("It could not be reached", hint="Again")
    questions = [Question.of(component) for component in (UNET, VAE)]
    inquiry = Inquiry(source, questions, EventStream("run"), Patience())

    for question in questions:
        with pytest.raises(NetworkFailError):
            inquiry.ask(question)

    assert source.asked == [None]


def test_source_without_revisions_is_listed_for_each_component_by_itself(source: Counted) -> None:
    source.refs.clear()

    unet, vae = ask(source, UNET, VAE)

    assert [str(f.path) for answer in (unet, vae) if answer.listing for f in answer.listing.files] == [
        "unet/a",
        "vae/b",
    ]
    assert source.asked == [None]
