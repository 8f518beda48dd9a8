"""What a user can choose about a run, and how it is spelled. Nothing here reads the environment. No IO.

`table` has every setting; flags win over the environment, that over the user's file, that over the project's.
`document`, which reads files, is not imported here: its parsers are not free.
"""

from wansync.settings.choose import Chosen, Directories, choose, make_settings
from wansync.settings.given import Choices, Given, Layer, Origin, OriginKind, from_choices, from_variables
from wansync.settings.model import Budget, LinkMode, ProgressMode, Reserve, S3Settings, Settings, Transport
from wansync.settings.parse import parse_budget, parse_size
from wansync.settings.table import SETTINGS, Kind, Setting, find_setting, suggest_setting

__all__ = [
    "SETTINGS",
    "Budget",
    "Choices",
    "Chosen",
    "Directories",
    "Given",
    "Kind",
    "Layer",
    "LinkMode",
    "Origin",
    "OriginKind",
    "ProgressMode",
    "Reserve",
    "S3Settings",
    "Setting",
    "Settings",
    "Transport",
    "choose",
    "find_setting",
    "from_choices",
    "from_variables",
    "make_settings",
    "parse_budget",
    "parse_size",
    "suggest_setting",
]
