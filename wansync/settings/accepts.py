"""What each kind of setting accepts, in words. No IO."""

from __future__ import annotations

from wansync.settings.model import MAX_JOBS
from wansync.settings.table import Kind

ACCEPTS = {
    Kind.FLAG: "`1`, `true`, `yes`, `on`, or `0`, `false`, `no`, `off`",
    Kind.SECONDS: "seconds, such as `300` or `0.5`",
    Kind.COUNT: "a whole number",
    Kind.SIZE: "a share of the disk such as `3%`, or bytes such as `50G`, `50GiB` or `1048576`",
    Kind.LIMIT: "bytes such as `500G`, `500GiB` or `1048576`; empty or `none` is no limit",
    Kind.RATE: "bytes per second such as `10M`, `10MiB` or `1048576`; empty or `none` is no limit",
    Kind.JOBS: f"a whole number from 1 to {MAX_JOBS}",
    Kind.WORD: "text",
    Kind.NAME: "letters, digits, `.`, `_` and `-`, 64 at most",
    Kind.DIRECTORY: "a directory; `~` is the home",
    Kind.LINK_MODE: "`auto`, `reflink`, `hardlink`, `symlink` or `copy`",
    Kind.TRANSPORT: "`builtin` or `hf_transfer`",
    Kind.NAMES: "names: with commas or blanks between them in a variable, as a list in a file",
    Kind.MIRRORS: "`NAME=ADDRESS[,mode=MODE][,priority=N][,enabled=no]`, with blanks between them and quotes as in a "
    "shell; in a file a table `[mirrors.NAME]` for each, with the keys `url`, `mode`, `priority` and `enabled`",
}
"""What each kind accepts, for the reference and for messages."""
