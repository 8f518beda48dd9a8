"""What surrounds a run: environment variables, home and working directory. No other module reads them.

Light, since the fast path of the command line loads it before anything else.
"""

from __future__ import annotations

import os
import sys
from contextvars import ContextVar
from pathlib import Path

TYPE_CHECKING = False  # as type checkers know it; `typing` is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wansync.errors import UsageError

MANIFEST_NAME = "models.toml"
LOCK_NAME = "models.lock"
OWN_PREFIX = "WANSYNC_"
TOKEN_PREFIX = f"{OWN_PREFIX}TOKEN_"  # its host follows
_WITHOUT_MEANING = (TOKEN_PREFIX, "WANSYNC_RUN_ID")
FOREIGN_VARIABLES = (
    *("CI", "HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HUGGINGFACE_HUB_CACHE"),
    *("MODELS_ROOT", "NO_COLOR", "WAN_MODELS_MANIFEST", "XDG_CACHE_HOME"),
    *("AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_NO_SIGN_REQUEST", "AWS_REGION"),
)
"""The variables of others that decide about a setting; no secret is among them."""
_PLACES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
_DIRECTORIES = {
    *("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "MODELS_ROOT", "WAN_MODELS_MANIFEST"),
    *("WANSYNC_CONFIG_FILE", "WANSYNC_HUB_CACHE", "WANSYNC_MODELS_ROOT", "WANSYNC_PROJECT"),
}
_NO = {"", "0", "false", "no", "off"}


def variables() -> Mapping[str, str]:
    """Return the environment."""
    return os.environ


def set_variable(name: str, value: str | None) -> str | None:
    """Set a variable for the processes that are started from now on, or remove it; return what it was."""
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value
    return before


def home_and_logins() -> tuple[Path, Path] | tuple[None, None]:
    """Return the user's home, and the file that names the origins with a token in the keyring; nothing without one."""
    try:
        return Path("~").expanduser(), _user_directory("data", "XDG_DATA_HOME", ".local/share") / "logins.json"
    except RuntimeError:
        return None, None


def absolute(path: str | os.PathLike[str]) -> Path:
    """Return a path from the root, with `~` as the home.

    Raises:
        UsageError: it needs a home, and there is none of that name; or it begins at a working directory that is gone.
    """
    try:
        return _absolute(path)
    except FileNotFoundError:
        hint = "Change to a directory that exists, or write whole paths (`--project DIR`, MODELS_ROOT)"
        raise _usage_error("The working directory is no longer there", hint) from None
    except RuntimeError:
        from wansync.text import printable  # noqa: PLC0415 (only for the message)

        reason = f"`{printable(os.fspath(path))}` needs a home directory, and there is none"
        raise _usage_error(reason, "Write the whole path, without `~`") from None


def _absolute(path: str | os.PathLike[str]) -> Path:
    # Links are not resolved: a project and a store are where their names lead, also after a link is moved.
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100


def _usage_error(reason: str, hint: str) -> UsageError:
    from wansync.errors import UsageError  # noqa: PLC0415 (a run with nothing to do needs no error)

    return UsageError(reason, hint=hint)


def models_root() -> Path:
    """Return the directory of the store as the environment has it, else the default; files may say otherwise."""
    text = os.environ.get("WANSYNC_MODELS_ROOT") or os.environ.get("MODELS_ROOT")
    return absolute(text) if text else default_models_root()


def default_models_root() -> Path:
    """Return the directory of the store where nobody names one: in the user's data directory.

    Raises:
        UsageError: the user has no home.
    """
    try:
        return _user_directory("data", "XDG_DATA_HOME", ".local/share") / "models"
    except RuntimeError:
        hint = "Name a directory for the store in MODELS_ROOT or with `--models-root DIR`"
        raise _usage_error("This user has no home directory", hint) from None


_CONFIG_FILE: ContextVar[tuple[Path | None]] = ContextVar("config_file")
"""What this run chose, in a tuple since `None` is a choice too."""


def choose_config_file(path: Path | None) -> None:
    """Take the user's settings from a file, or from none, whatever the environment says."""
    _CONFIG_FILE.set((absolute(path) if path else None,))


def config_is_named() -> bool:
    """Return whether the user's settings are at a place that somebody named, so that they have to be there."""
    return bool(_CONFIG_FILE.get((None,))[0] or os.environ.get("WANSYNC_CONFIG_FILE"))


def config_switch() -> str:
    """Return the text of `WANSYNC_NO_CONFIG`; empty where the run has chosen, so that it does not matter."""
    return "" if _CONFIG_FILE.get(None) else os.environ.get("WANSYNC_NO_CONFIG", "")


def config_file() -> Path | None:
    """Return the path of the user's settings, whether there are any or not; `None` where they are switched off.

    The run may have chosen it. Else `WANSYNC_CONFIG_FILE` names it and `WANSYNC_NO_CONFIG` switches it off; else it is
    `config.toml` in the user's configuration directory, which a user without a home does not have.
    """
    if chosen := _CONFIG_FILE.get(None):
        return chosen[0]
    if config_switch().strip().casefold() not in _NO:
        return None
    named = os.environ.get("WANSYNC_CONFIG_FILE")
    if named:
        return absolute(named)
    try:
        return _user_directory("config", "XDG_CONFIG_HOME", ".config") / "config.toml"
    except RuntimeError:
        return None  # in a container the user may be one that the system does not know


def system_config_file() -> Path | None:
    """Return the path of the settings of all users of this machine, whether there are any or not.

    `None` where files of settings are switched off or another one is named, which then stands for all of them.
    """
    if _CONFIG_FILE.get(None) or config_is_named() or config_switch().strip().casefold() not in _NO:
        return None
    first = os.environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep)[0]
    if sys.platform == "linux" and (first.startswith("/") or "XDG_CONFIG_DIRS" not in os.environ):
        return Path(first or "/etc/xdg", "wansync", "config.toml")
    import platformdirs  # noqa: PLC0415 (slow; a test holds the two equal)

    return Path(platformdirs.site_config_dir("wansync", appauthor=False), "config.toml")


def _user_directory(kind: str, variable: str, below_home: str) -> Path:
    """Return wansync's part of one of the user's directories, as platformdirs knows it."""
    named, home = os.environ.get(variable, ""), os.environ.get("HOME", "")
    if sys.platform == "linux" and home.startswith("/") and named[:1] in {"", "/"}:
        # Importing platformdirs costs as much as the rest of a run with nothing to do; a test holds the two equal.
        return Path(named or f"{home.rstrip('/')}/{below_home}", "wansync")
    import platformdirs  # noqa: PLC0415 (see above)

    find = platformdirs.user_config_dir if kind == "config" else platformdirs.user_data_dir
    return Path(find("wansync", appauthor=False))


def settings_fingerprint() -> str:
    """Return a digest of all outside a project that can decide about its settings; equal means the same settings.

    It covers every `WANSYNC_` variable, the foreign ones that are honoured, the user's directories, and the settings
    files of user and system by their path, inode, size and time of change. Neither the arguments of this run nor
    `models.toml` are part of it, nor is a secret. Parses nothing: a small fraction of a millisecond.
    """
    import hashlib  # noqa: PLC0415 (only the fast path needs it here)

    names = [name for name in os.environ if name.startswith(OWN_PREFIX) and not name.startswith(_WITHOUT_MEANING)]
    parts = [f"{name}={_meaning(name)}" for name in sorted({*names, *FOREIGN_VARIABLES, *_PLACES} & os.environ.keys())]
    parts += [f"config={_identity(config_file)}", f"system={_identity(system_config_file)}"]
    return hashlib.sha256(os.fsencode("\0".join(parts))).hexdigest()


def _meaning(name: str) -> str:
    value = os.environ[name]
    try:
        # The same relative path means another directory from another one, and other variables can be part of it.
        return str(_absolute(os.path.expandvars(value))) if value and name in _DIRECTORIES else value
    except RuntimeError:
        return value


def _identity(find: Callable[[], Path | None]) -> str:
    try:
        path = find()
    except Exception as error:  # noqa: BLE001 (a usage error, whose module this must not load)
        return str(error)
    try:
        found = path.stat() if path else None
    except OSError as error:
        return f"{path}:{error.errno}"
    return f"{path}:{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}" if found else "off"


class UserDirectories:
    """Where the directories are that settings name; see `wansync.settings.Directories`."""

    def absolute(self, text: str, base: Path | None, *, variables: bool = False) -> Path | None:
        """Return the absolute path of a directory, below `base` where it is relative; `None` without the home it needs.

        Args:
            text: the path, with `~` as the home.
            base: the directory that a relative path is below; the working directory when it is not given.
            variables: whether variables in it are replaced, as Hugging Face's client does.
        """
        try:
            path = Path(os.path.expandvars(text) if variables else text).expanduser()
        except RuntimeError:
            return None
        return absolute(base / path if base else path)

    def default_models_root(self) -> Path:
        """Return the store where nobody names one; raises as the function."""
        return default_models_root()


def log_directory() -> Path:
    """Return where the logs of this user belong."""
    import platformdirs  # noqa: PLC0415 (only needed after a crash)

    return Path(platformdirs.user_log_dir("wansync", appauthor=False))


def find_manifest(directory: str | os.PathLike[str] | None) -> Path:
    """Return the path of `models.toml` in or above a directory; where it belongs, if there is none.

    Args:
        directory: where to begin; when it is not given `WANSYNC_PROJECT`, else the manifest that `WAN_MODELS_MANIFEST`
            names, else the working directory.

    Raises:
        UsageError: the directory does not exist.
    """
    directory = directory or os.environ.get("WANSYNC_PROJECT")
    named = os.environ.get("WAN_MODELS_MANIFEST")
    if not directory and named:
        return absolute(named)
    start = absolute(directory or ".")
    if not start.is_dir():
        raise _usage_error(f"There is no directory `{start}`", "Name an existing directory with `--project DIR`")
    for folder in (start, *start.parents):
        if (folder / MANIFEST_NAME).exists() or (folder / LOCK_NAME).exists():
            return folder / MANIFEST_NAME
    return start / MANIFEST_NAME


def named_manifest() -> Path | None:
    """Return the manifest that `WAN_MODELS_MANIFEST` names, as links lead to it."""
    named = os.environ.get("WAN_MODELS_MANIFEST")
    return absolute(named).resolve() if named else None


def passed_over(directory: str | os.PathLike[str] | None, manifest: Path) -> tuple[Path, ...]:
    """Return the files that are not there, and that `find_manifest` would have found before `manifest`."""
    directory = directory or os.environ.get("WANSYNC_PROJECT")
    if not directory and os.environ.get("WAN_MODELS_MANIFEST"):
        return ()
    start = absolute(directory or ".")
    nearer = [folder for folder in (start, *start.parents) if manifest.parent in folder.parents]
    paths = [folder / name for folder in nearer for name in (MANIFEST_NAME, LOCK_NAME)]
    # A link that leads nowhere is a document as soon as there is something where it leads.
    return (*paths, *(path.resolve() for path in paths if path.is_symlink()))


def working_directory() -> str:
    """Return the working directory."""
    return os.getcwd()  # noqa: PTH109 (pathlib costs more than all else on the fast path)


def terminal_is_dumb() -> bool:
    """Return whether the terminal cannot move its cursor."""
    return os.environ.get("TERM", "").lower() in {"dumb", "unknown"}


def no_colour() -> bool:
    """Return whether the user asked for no colour (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))
