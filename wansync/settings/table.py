"""The one table of settings: name, kind, default, flag, variables. Everything else about them follows from it. No IO.

The variable of a setting is `WANSYNC_` and its name; its key in a file is its name. A project (`[settings]` of
`models.toml`) sets only what its models need and what it accepts, since a checkout may be a stranger's: where bytes go
and come from, how full a disk may get, which host is sent a token, how much of a line is used and how long to wait are
matters of the machine and its user.
"""

from __future__ import annotations

from enum import StrEnum

from wansync.settings.model import (
    DEFAULT_GENERATIONS,
    DEFAULT_JOBS,
    DEFAULT_LOCK_TIMEOUT,
    DEFAULT_RESERVE_PERCENT,
    DEFAULT_RETRIES,
)
from wansync.text import suggest
from wansync.value_types import value_type

OWN_PREFIX = "WANSYNC_"


class Kind(StrEnum):
    """What the value of a setting is."""

    FLAG = "yes or no"
    SECONDS = "seconds"
    COUNT = "number"
    SIZE = "size"
    LIMIT = "limit"
    RATE = "rate"
    JOBS = "connections"
    WORD = "text"
    NAME = "name"
    DIRECTORY = "directory"
    LINK_MODE = "link mode"
    NAMES = "list"
    MIRRORS = "mirrors"
    TRANSPORT = "transport"


@value_type
class Foreign:
    """A variable of other programs that we honour, after our own.

    Args:
        name: the variable.
        below: the path below its directory that is meant.
    """

    name: str
    below: str = ""


@value_type
class Setting:
    """One setting.

    Args:
        name: its name in files, choices and `wansync config`.
        kind: what its value is.
        default: its value where nobody gives one, as a person would write it; empty is none. The default of
            `models_root` depends on the system, so it is not here.
        about: what it decides, in one sentence.
        flag: how commands that have it spell it.
        foreign: variables of others that set it, the strongest first.
        in_project: whether `[settings]` of `models.toml` may set it.
        with_variables: whether variables in it are replaced.
    """

    name: str
    kind: Kind
    default: str
    about: str
    flag: str | None = None
    foreign: tuple[Foreign, ...] = ()
    in_project: bool = False
    with_variables: bool = False

    @property
    def variable(self) -> str:
        """Our own variable, which wins over those of others."""
        return OWN_PREFIX + self.name.upper()


SETTINGS = (
    Setting(
        name="models_root",
        kind=Kind.DIRECTORY,
        default="",
        about="The store; else `wansync/models` in the user's data directory.",
        flag="--models-root",
        foreign=(Foreign(name="MODELS_ROOT"),),
    ),
    Setting(
        name="profile",
        kind=Kind.WORD,
        default="",
        about="The active profile; else the project's `default_profile`.",
        flag="--profile",
    ),
    Setting(
        name="frozen",
        kind=Kind.FLAG,
        default="no",
        about="Take `models.lock` as it is, and refuse to run where `models.toml` does not agree with it.",
        flag="--frozen",
        foreign=(Foreign(name="CI"),),
    ),
    Setting(
        name="offline",
        kind=Kind.FLAG,
        default="no",
        about="Use no network.",
        flag="--offline",
        foreign=(Foreign(name="HF_HUB_OFFLINE"),),
    ),
    Setting(
        name="link_mode",
        kind=Kind.LINK_MODE,
        default="auto",
        about="How files of views share their bytes with the store; `auto` takes the first that works here.",
        flag="--link-mode",
        in_project=True,
    ),
    Setting(
        name="lock_timeout",
        kind=Kind.SECONDS,
        default=f"{DEFAULT_LOCK_TIMEOUT:g}",
        about="How long to wait for another process that does not get on.",
        flag="--lock-timeout",
    ),
    Setting(
        name="min_free",
        kind=Kind.SIZE,
        default=f"{DEFAULT_RESERVE_PERCENT:g}%",
        about="What must stay free on the disk of the store.",
        flag="--min-free",
    ),
    Setting(
        name="max_size",
        kind=Kind.LIMIT,
        default="",
        about="The most bytes that the store may have; a sync that needs more is refused.",
        flag="--max-size",
    ),
    Setting(
        name="keep_generations",
        kind=Kind.COUNT,
        default=str(DEFAULT_GENERATIONS),
        about="How many of the locks that a project applied last keep their files when garbage is collected.",
        flag="--keep-generations",
    ),
    Setting(
        name="root_name",
        kind=Kind.NAME,
        default="",
        about="Whose host a root of a project names; else this machine's name. Pods of one fleet are one by it.",
    ),
    Setting(
        name="allow_license",
        kind=Kind.NAMES,
        default="",
        about="The only licences (SPDX ids) that may be locked; any when none is named.",
        flag="--allow-license",
        in_project=True,
    ),
    Setting(
        name="deny_license",
        kind=Kind.NAMES,
        default="",
        about="Licences (SPDX ids) that may not be locked.",
        flag="--deny-license",
        in_project=True,
    ),
    Setting(
        name="http_retries",
        kind=Kind.COUNT,
        default=str(DEFAULT_RETRIES),
        about="How often a request is made again, in a row, after failures that waiting may cure.",
    ),
    Setting(
        name="jobs",
        kind=Kind.JOBS,
        default=str(DEFAULT_JOBS),
        about="The most connections at once over which files come, and 1 is one file at a time.",
        flag="--jobs",
    ),
    Setting(
        name="limit_rate",
        kind=Kind.RATE,
        default="",
        about="The most bytes per second that a run fetches, over all its connections.",
        flag="--limit-rate",
    ),
    Setting(
        name="max_download",
        kind=Kind.LIMIT,
        default="",
        about="The most bytes that a run may fetch; one that would fetch more is refused before it begins.",
        flag="--max-download",
    ),
    Setting(
        name="first",
        kind=Kind.NAMES,
        default="",
        about="Models or components whose files a run makes present before all others; each must be part of the run.",
        flag="--first",
    ),
    Setting(
        name="transport",
        kind=Kind.TRANSPORT,
        default="builtin",
        about="What brings large files of the Hub: our own engine, or the library hf_transfer where it is installed.",
    ),
    Setting(
        name="hub_endpoint",
        kind=Kind.WORD,
        default="",
        about="The address of the Hugging Face Hub; else what its client takes.",
        foreign=(Foreign(name="HF_ENDPOINT"),),
    ),
    Setting(
        name="hub_cache",
        kind=Kind.DIRECTORY,
        default="~/.cache/huggingface/hub",
        about="The Hugging Face cache, from which files are taken that are there already.",
        foreign=(
            Foreign(name="HF_HUB_CACHE"),
            Foreign(name="HUGGINGFACE_HUB_CACHE"),
            Foreign(name="HF_HOME", below="/hub"),
            Foreign(name="XDG_CACHE_HOME", below="/huggingface/hub"),
        ),
        with_variables=True,
    ),
    Setting(
        name="mirrors",
        kind=Kind.MIRRORS,
        default="",
        about="Other places that have files by their digests; what several origins say of one is put together.",
    ),
    Setting(
        name="origin",
        kind=Kind.FLAG,
        default="yes",
        about="Ask the sources that the lock names; without, only mirrors and what is on this machine.",
    ),
    Setting(
        name="no_hub_cache",
        kind=Kind.FLAG,
        default="no",
        about="Take nothing from the Hugging Face cache.",
        flag="--no-hub-cache",
    ),
    Setting(
        name="s3_endpoint",
        kind=Kind.WORD,
        default="",
        about="The address of the server that has the buckets of `s3:`; else what boto3 takes: a profile's, Amazon's.",
        foreign=(Foreign(name="AWS_ENDPOINT_URL_S3"), Foreign(name="AWS_ENDPOINT_URL")),
        in_project=True,
    ),
    Setting(
        name="s3_region",
        kind=Kind.WORD,
        default="",
        about="The region of the buckets of `s3:`; else that of the profile.",
        foreign=(Foreign(name="AWS_REGION"), Foreign(name="AWS_DEFAULT_REGION")),
        in_project=True,
    ),
    Setting(
        name="s3_anonymous",
        kind=Kind.FLAG,
        default="no",
        about="Ask `s3:` without credentials, as public buckets allow; `--no-sign-request` of other programs.",
        foreign=(Foreign(name="AWS_NO_SIGN_REQUEST"),),
        in_project=True,
    ),
)


def find_setting(name: str) -> Setting | None:
    """Return the setting of that name; its flag, its variables and other case will do."""
    word = name.strip().removeprefix("--").replace("-", "_")
    for setting in SETTINGS:
        variables = {setting.variable, *(foreign.name for foreign in setting.foreign)}
        if word.casefold() == setting.name or word.upper() in variables:
            return setting
    return None


def suggest_setting(name: str, *, project: bool = False) -> str:
    """Return `Did you mean ...?` or the known names, for a name that no setting has."""
    return suggest(name, (setting.name for setting in SETTINGS if setting.in_project or not project))
