"""Promises about the code itself: what is loaded, who may touch the world, and how large things are."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY
from tests.support.project import wansync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.project import ProjectBuilder

PACKAGE = REPOSITORY / "wansync"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = (
    "torch",
    "diffusers",
    "transformers",
    "boto3",
    "botocore",
    "huggingface_hub",
    "jsonschema",
    "tomlkit",
    "pydantic",
    "networkx",
    "structlog",
    "prometheus_client",
)
DRAWING = ("typer", "rich", "click")
MAX_MODULES_OF_A_SYNC = 250
MAX_MODULES_OF_THE_VERSION = 6
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 60


def loaded(code: str, unwanted: tuple[str, ...]) -> list[str]:
    """Return which of the unwanted packages a fresh interpreter has loaded after running `code`."""
    return sorted(set(unwanted) & modules_after(code))


def modules_after(code: str) -> set[str]:
    """Return what a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys\nprint('loaded:', *sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].removeprefix("loaded:").split())


def own(modules: set[str]) -> set[str]:
    """Return the modules of wansync among others."""
    return {name for name in modules if name.split(".")[0] == "wansync"}


def test_import_loads_nothing_heavy() -> None:
    assert loaded("import wansync", (*HEAVY, *DRAWING, "filelock", "platformdirs", "http.client", "ssl")) == []


def test_import_of_the_names_loads_nothing_heavy() -> None:
    code = "from wansync import Project, WansyncError, ensure, status, verify_integrity"

    assert loaded(code, (*HEAVY, *DRAWING, "filelock")) == []


@pytest.mark.parametrize("call", ["ensure('alpha')", "sync()", "status()"])
@pytest.mark.parametrize("options", ["", "frozen=True"])
def test_noop_of_the_api_loads_nothing_heavy(project: ProjectBuilder, call: str, options: str) -> None:
    assert wansync("sync").status == 0

    assert loaded(f"from wansync import Project\nProject({options}).{call}", (*HEAVY, *DRAWING)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync"],
        ["sync", "--frozen"],
        ["ensure", "alpha"],
        ["status"],
        ["lock"],
        ["lock", "--check"],
        ["plan", "--profile", "all", "--project", "."],
        ["verify", "alpha", "--progress", "none"],
    ],
    ids=" ".join,
)
def test_noop_of_the_program_loads_nothing_heavy(project: ProjectBuilder, arguments: list[str]) -> None:
    assert wansync("sync").status == 0

    code = f"from wansync.cli.app import run\nassert run({arguments!r}) == 0"

    assert loaded(code, HEAVY) == []


def test_plan_of_a_manifest_that_was_never_compared_loads_nothing_heavy(project: ProjectBuilder) -> None:
    assert wansync("lock").status == 0

    assert loaded("from wansync.cli.app import run\nassert run(['plan']) == 0", HEAVY) == []


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        ("sync", ("wansync.sources.http", "http.client", "ssl")),
        ("lock", ("wansync.plan", "wansync.views", "wansync.ops.gather")),
        ("plan", ("wansync.ops.git", "asyncio", "huggingface_hub")),
    ],
)
def test_command_loads_no_part_that_it_does_not_need(
    project: ProjectBuilder, command: str, unwanted: tuple[str, ...]
) -> None:
    assert wansync("sync").status == 0

    assert loaded(f"from wansync.cli.app import run\nassert run([{command!r}]) == 0", unwanted) == []


def test_noop_without_manifest_loads_nothing_heavy(project: ProjectBuilder) -> None:
    assert wansync("sync").status == 0
    project.manifest_path.unlink()

    assert loaded("from wansync.cli.app import run\nassert run(['sync', '--frozen']) == 0", HEAVY) == []


BESIDE_A_SYNC = {
    *("api", "doctor", "graph", "metrics", "mirrors", "outdated", "propose", "questions", "resolve", "server", "wan"),
}
"""Packages that bring nothing to a disk."""
LIBRARIES_OF_A_SYNC = {"typer", "annotated_doc", "shellingham", "filelock"}
MEASURING = {"coverage", "pytest_cov"}
"""What `make cover` loads into every process."""


def test_frozen_sync_that_fetches_loads_its_own_part_and_no_more(project: ProjectBuilder) -> None:
    """What starting costs is how much is loaded. Who needs another module here says so by raising the number."""
    assert wansync("lock").status == 0

    modules = modules_after("from wansync.cli.app import run\nassert run(['sync', '--frozen']) == 0")

    packages = {name.split(".")[1] for name in own(modules) if "." in name}
    libraries = {name.split(".")[0] for name in modules} - sys.stdlib_module_names - {"wansync", "__main__"}
    assert packages & BESIDE_A_SYNC == set()
    assert {name for name in libraries if not name.startswith("_")} - LIBRARIES_OF_A_SYNC - MEASURING == set()
    assert {name for name in modules if name.startswith("wansync.cli.commands.")} == {"wansync.cli.commands.sync"}
    assert len(own(modules)) <= MAX_MODULES_OF_A_SYNC


def test_version_is_said_before_typer_is_loaded() -> None:
    modules = modules_after("from wansync.cli.fastpath import answer\nassert answer(['--version']) == 0")

    assert modules & {*DRAWING, "dataclasses", "inspect", "typing"} == set()
    assert len(own(modules)) <= MAX_MODULES_OF_THE_VERSION


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), ([], 2), (["snyc"], 2)])
def test_program_without_a_command_loads_none(arguments: list[str], status: int) -> None:
    modules = modules_after(f"from wansync.cli.app import run\nassert run({arguments!r}) == {status}")

    assert {name for name in modules if name.startswith("wansync.cli.commands.")} == set()
    assert modules & {*HEAVY, "wansync.project", "wansync.lockfile", "wansync.store"} == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["paths", "t2v-A14B"],
        ["wan", "check", "t2v-A14B"],
        ["wan", "vram", "t2v-A14B", "--memory", "24GiB"],
    ],
    ids=" ".join,
)
def test_looking_at_a_wan_model_loads_nothing_heavy(repository: Path, arguments: list[str]) -> None:
    assert wansync("sync", "t2v-A14B").status == 0

    code = f"from wansync.cli.app import run\nassert run({arguments!r}) == 0"

    assert loaded(code, (*HEAVY, "PIL", "numpy", "accelerate")) == []


def test_names_of_the_wan_runtime_load_nothing_heavy() -> None:
    code = "from wansync.wan import check_components, estimate_vram, get_wan_paths, validate_inputs"

    assert loaded(code, (*HEAVY, *DRAWING, "PIL", "numpy", "accelerate")) == []


def nodes(kind: type[ast.AST], modules: list[Path]) -> Iterator[tuple[str, ast.AST]]:
    """Yield every node of a kind, with the place where it stands."""
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kind):
                yield f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 0)}", node


def test_code_never_runs_text_or_unpickles() -> None:
    calls = [
        where
        for where, node in nodes(ast.Call, MODULES)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}
    ]
    imports = [where for where, module in _imports() if module.split(".")[0] in {"pickle", "marshal", "shelve", "dill"}]
    shells = [
        where for where, node in nodes(ast.keyword, MODULES) if isinstance(node, ast.keyword) and node.arg == "shell"
    ]

    assert (calls, imports, shells) == ([], [], [])


def _imports() -> Iterator[tuple[str, str]]:
    for where, node in nodes(ast.Import, MODULES):
        assert isinstance(node, ast.Import)
        yield from ((where, alias.name) for alias in node.names)
    for where, node in nodes(ast.ImportFrom, MODULES):
        assert isinstance(node, ast.ImportFrom)
        yield where, node.module or ""


_ENVIRONMENT = {("os", "environ"), ("os", "getenv"), ("os", "getcwd"), ("Path", "home"), ("Path", "cwd")}


def test_only_surroundings_reads_environment_home_and_working_directory() -> None:
    others = [path for path in MODULES if path.parent != PACKAGE / "surroundings"]
    found = []
    for where, node in nodes(ast.Attribute, others):
        assert isinstance(node, ast.Attribute)
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        if (owner, node.attr) in _ENVIRONMENT or node.attr in {"expanduser", "expandvars"}:
            found.append(where)

    assert found == []


def test_values_cost_nothing_until_there_is_one() -> None:
    """`dataclass` makes a class whole when its module is loaded, `value_type` when its first value is."""
    frozen = [
        where
        for where, node in nodes(ast.Call, [path for path in MODULES if path != PACKAGE / "value_types.py"])
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("dataclass")
        and any(keyword.arg == "frozen" for keyword in node.keywords)
    ]

    assert frozen == []


_OS_CHANGES = {
    *("chmod", "chown", "link", "makedirs", "mkdir", "mkfifo", "remove", "removedirs", "rename", "renames"),
    *("replace", "rmdir", "symlink", "truncate", "unlink", "utime", "write", "ftruncate", "fsync"),
    *("pwrite", "pwritev", "fdatasync", "posix_fallocate"),
}
_WRITING = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"}
_PATH_CHANGES = {
    *("chmod", "hardlink_to", "mkdir", "rename", "rmdir", "symlink_to", "touch", "unlink", "write_bytes", "write_text"),
}


def test_only_fsops_changes_the_store() -> None:
    """`FileSystem` is the one seam: a test can record, fail or fake whatever happens to the disk."""
    seam, projects_own_files = PACKAGE / "store" / "fsops.py", PACKAGE / "project.py"
    its_parts, cli = {seam.with_name("systems.py"), seam.with_name("fsblocks.py")}, PACKAGE / "cli"
    streams = {cli / "interrupts.py", cli / "event_file.py", cli / "ending.py", cli / "crash.py"}
    own_socket = PACKAGE / "server" / "listen.py"
    others = [path for path in MODULES if path not in {seam, *its_parts, projects_own_files, own_socket, *streams}]

    assert changes(others) == []
    assert len(changes([seam])) > 20, "the look has gone blind"


def changes(modules: list[Path]) -> list[str]:
    """Return the places of calls that change a disk, and of flags that open a file for writing."""
    calls = [where for where, node in nodes(ast.Call, modules) if isinstance(node, ast.Call) and _changes_disk(node)]
    flags = [where for where, node in nodes(ast.Attribute, modules) if getattr(node, "attr", "") in _WRITING]
    return calls + flags


def _changes_disk(call: ast.Call) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name == "open" and any(set(mode) & set("wax+") and set(mode) <= set("rwaxbt+") for mode in modes):
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = ast.unparse(call.func.value)
    if owner in {"shutil", "tempfile"}:
        return True
    if owner == "os":
        return name in _OS_CHANGES
    # `self._fs.rename` and the like go through the seam.
    return name in _PATH_CHANGES and owner.split(".")[-1] not in {"fs", "_fs"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_has_a_docstring_and_a_readable_size(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    module = ast.parse(text)
    functions = [n for n in ast.walk(module) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]

    assert ast.get_docstring(module)
    assert len(text.splitlines()) <= MAX_MODULE_LINES
    assert [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > MAX_FUNCTION_LINES] == []


def test_no_module_is_named_for_nothing() -> None:
    nothing = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "base_utils"}

    assert [path.stem for path in MODULES if path.stem in nothing] == []
