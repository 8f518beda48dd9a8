"""One module for each command of the program, and what the program's help says of each.

A module is loaded when its command is named: of what the help shows, its first sentence is therefore here as well.
"""

from __future__ import annotations

from types import MappingProxyType

COMMANDS = MappingProxyType(
    {
        "init": "Begin a project: write models.toml, and a line about models.lock into .gitattributes.",
        "add": "Add a model to models.toml, and lock.",
        "remove": "Take models, with the components that only they use, or components out of models.toml, and lock.",
        "lock": "Pin every file of models.toml in models.lock.",
        "plan": "Show what sync would do, in bytes.",
        "sync": "Bring the disk to models.lock: fetch, verify, link.",
        "fetch": "Bring the files of models.lock into the store, and link nothing.",
        "adopt": "Take files that are on disk already into the store, so that they need not be fetched.",
        "ensure": "Print the path of each model, after making it ready.",
        "status": "Show the state of each model without hashing.",
        "tree": (
            "Show what models.lock is made of: models, variants, the components in their slots, files; and what is "
            "shared."
        ),
        "why": (
            "Show what a model, a component, a file or a digest is here for: who uses it, and who keeps it in the "
            "store."
        ),
        "graph": (
            "Draw what models.lock is made of: models, variants, components with sizes; those that are shared stand "
            "out."
        ),
        "outdated": "Show what has become of the locked sources upstream.",
        "verify": "Hash every blob and look at every link; status 1 if one is missing or wrong.",
        "doctor": "Look at the store, the disk below it and the settings; status 1 if there is a problem.",
        "rollback": "Apply a lock that this project applied before, and write it to models.lock.",
        "generations": "Show the locks that this project has applied, and how much of each is still in the store.",
        "gc": "Remove blobs and views that no project's applied lock names, no pin keeps and no running program uses.",
        "roots": "Show the projects that keep files in the store, and how many bytes each of them alone holds.",
        "pin": "Keep bytes in the store although no project may name them any more.",
        "store": "Show the store: its path, the sizes of its parts, or every blob with the files that use it.",
        "mirror": "Look after other places that have the files.",
        "config": "Show each setting, its value, and where it came from.",
        "auth": "Keep tokens in the system's keyring, and say where those for each server come from; never shows one.",
        "serve": "Tell by HTTP what is ready, what is missing and what is happening, until it is told to end.",
        "paths": "Print where the parts of a WAN model are, after making it ready: name, tab, path.",
        "wan": "Look at a WAN model before it is loaded.",
        "smoke": "Run two steps of a small video with a model, and say what that took.",
        "completion": "Print the script that lets a shell complete commands, options, and the names in models.lock.",
        "merge-driver": "Merge models.lock for git.",
        "models": "The older spelling of the commands about models.",
    }
)
OF_MODELS = ("status", "ensure", "verify", "gc")
"""The commands below `models`."""
