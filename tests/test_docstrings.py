"""What public docstrings say, by the house's form.

Public is what has no underscore in its name or above it. Out of the rules are overloads, whose
implementation speaks for them, and the functions of commands, whose docstrings are the help texts
that users read: what goes wrong there is tested as the line that they get.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = PROJECT["tool"]["setuptools"]["package-dir"].values()

SOURCES = {
    path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8"))
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
}
COMMANDS = Path("evtp_cli/commands")

CLASSES = {
    node.name: node
    for tree in SOURCES.values()
    for node in tree.body
    if isinstance(node, ast.ClassDef)
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


class Public(NamedTuple):
    """A public definition, where it stands, its own docstring, and that with its class's.

    Its own includes that of the method it overrides.
    """

    place: str
    node: Definition
    own: str
    all: str
    imported: frozenset[str]


def definitions(path: Path) -> Iterator[Public]:
    imported = frozenset(
        f"{node.module}.{alias.name}"
        for statement in SOURCES[path].body
        for node in (statement.body if isinstance(statement, ast.If) else [statement])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )

    def inside(body: list[ast.stmt], around: str, bases: list[str]) -> Iterator[Public]:
        for node in body:
            if not isinstance(node, Definition) or node.name.startswith("_"):
                continue
            if any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list):
                continue
            above = [
                ast.get_docstring(other) or ""
                for base in bases
                if base in CLASSES
                for other in CLASSES[base].body
                if isinstance(other, Definition) and other.name == node.name
            ]
            own = "\n".join([ast.get_docstring(node) or "", *above]).strip()
            place = f"{path}:{node.lineno} {node.name}"
            yield Public(place, node, own, f"{around}\n{own}", imported)
            if isinstance(node, ast.ClassDef):
                yield from inside(node.body, own, [ast.unparse(base) for base in node.bases])

    if not any(part.startswith("_") and part != "__init__.py" for part in path.parts):
        yield from inside(SOURCES[path].body, "", [])


EVERYTHING = [public for path in SOURCES for public in definitions(path)]

CONTRACTS = {
    Path(folder): ast.get_docstring(SOURCES[Path(folder) / "__init__.py"]) or ""
    for folder in (
        "coverage/measures",
        "features/foreign",
        "pruners/methods",
        "reports/plots",
        "reports/renderers",
        "segmentation/mask_files",
        "sweeps/engines",
    )
}
"""What every member of a folder has to define, by folder; told once, in the folder's docstring."""


def in_folder(folder: str) -> Iterator[Public]:
    """What is public in a part, but for commands and for what the docstring of a folder tells."""
    for public in EVERYTHING:
        path = Path(public.place.partition(":")[0])
        told = CONTRACTS.get(path.parent, "")
        if path.parts[0] != folder or path.parent == COMMANDS:
            continue
        if path.name == "__init__.py" or f"``{public.node.name}(" not in told:
            yield public


def annotations(node: Function) -> dict[str, str]:
    """The annotations of a function by parameter, the result's under `return`."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    found = {each.arg: each.annotation for each in arguments} | {"return": node.returns}
    return {name: ast.unparse(hint) for name, hint in found.items() if hint is not None}


def fields(node: ast.ClassDef) -> dict[str, str]:
    """The annotations of a class's public fields."""
    return {
        item.target.id: ast.unparse(item.annotation)
        for item in node.body
        if isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and not item.target.id.startswith("_")
        and not ast.unparse(item.annotation).startswith("ClassVar")
    }


def test_everything_public_has_a_docstring():
    bare = [str(path) for path, tree in SOURCES.items() if not ast.get_docstring(tree)]
    bare += [public.place for public in EVERYTHING if not public.own]
    assert not bare


# --- arrays -------------------------------------------------------------------------------------

# `Array` is whatever NumPy or torch has; the others are names that a file gives to a kind of array.
ARRAYS = {"Array", "NDArray", "ndarray"} | {
    node.targets[0].id
    for tree in SOURCES.values()
    for node in tree.body
    if isinstance(node, ast.Assign)
    and isinstance(node.targets[0], ast.Name)
    and ast.unparse(node.value).startswith(("npt.NDArray", "np.ndarray"))
}
SHAPE = re.compile(r"\[[^\]]+\]|\b(any|its|same) `?shape")


def shapes_wanted(public: Public) -> int:
    """One for every array that is given, or one for what is made from none."""
    # In a file that imports torch.Tensor; the cache has a class of that name.
    names = ARRAYS | ({"Tensor"} if "torch.Tensor" in public.imported else set())
    hints = (fields if isinstance(public.node, ast.ClassDef) else annotations)(public.node)
    arrays = {name for name, hint in hints.items() if names & set(re.findall(r"\w+", hint))}
    return max(len(arrays - {"return"}), min(len(arrays), 1))


@pytest.mark.parametrize("folder", FOLDERS)
def test_arrays_have_shapes(folder):
    """In the docstring of the function, or of its class."""
    assert not [
        public.place
        for public in in_folder(folder)
        if len(SHAPE.findall(public.all)) < shapes_wanted(public)
    ]


# --- units --------------------------------------------------------------------------------------

# Quantities that mean nothing without a unit, where a name does not end in it.
QUANTITIES = re.compile(
    r"^(time|times|elapsed|duration|rate|bandwidth|peak|memory|latency|limit|timeout|radius|area"
    r"|distance|intensity|traffic|life|replacement|network|storage)$"
)
UNITS = re.compile(
    r"\b(seconds?|bytes?|MACs?|FLOPs?|operations|pixels?|shares?|per cent|tokens?|inch(es)?)\b"
    r"|\bratio\b|MAC/s|normalised|joint|in \[0, 1\]|multiply-accumulate"
)


def entry(doc: str, name: str) -> str:
    """What an `Args:` section says of a name; the whole docstring where it has no entry."""
    found = re.search(rf"^ +[\w, ]*\b{name}\b[\w, ]*: (.*(?:\n {{8,}}.*)*)", doc, re.MULTILINE)
    return found[0] if found else doc


@pytest.mark.parametrize("folder", FOLDERS)
def test_quantities_have_units(folder):
    vague = []
    for public in in_folder(folder):
        is_class = isinstance(public.node, ast.ClassDef)
        hints = fields(public.node) if is_class else annotations(public.node)
        if "return" in hints:
            hints[public.node.name] = hints.pop("return")
        for name, hint in hints.items():
            numeric = re.search(r"\b(int|float)\b", hint)
            if numeric and QUANTITIES.match(name) and not UNITS.search(entry(public.all, name)):
                vague.append(f"{public.place} {name}")
    assert not vague


# --- errors -------------------------------------------------------------------------------------

OURS = {"InputError", "CheckFailed", "UnknownSampleError"}
ERRORS = OURS | {
    node.name
    for tree in SOURCES.values()
    for node in ast.walk(tree)
    if isinstance(node, Function) and node.returns and ast.unparse(node.returns) in OURS
}
"""Our exceptions, and the functions that make one."""


@cache
def helpers_of(path: str) -> dict[str, Function]:
    """The private functions and methods of a file."""
    return {
        node.name: node
        for node in ast.walk(SOURCES[Path(path)])
        if isinstance(node, Function) and re.match("_[a-z]", node.name)
    }


def raises(node: Function, helpers: dict[str, Function], seen: frozenset[str]) -> bool:
    """Whether a function raises one of ours, itself or by a private function of its file."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        child = waiting.pop()
        if isinstance(child, Function | ast.Lambda | ast.ClassDef):
            continue  # runs later, if at all
        if isinstance(child, ast.Raise | ast.Call):
            call = child.exc if isinstance(child, ast.Raise) else child
            name = ast.unparse(getattr(call, "func", call)).rpartition(".")[2] if call else ""
            if isinstance(child, ast.Raise) and name in ERRORS:
                return True
            known = name in helpers and name not in seen
            if known and raises(helpers[name], helpers, seen | {name}):
                return True
        waiting.extend(ast.iter_child_nodes(child))
    return False


@pytest.mark.parametrize("folder", FOLDERS)
def test_errors_are_told(folder):
    """In a section `Raises:`, or in a sentence that names the exception."""
    assert not [
        public.place
        for public in in_folder(folder)
        if isinstance(public.node, Function)
        and raises(public.node, helpers_of(public.place.partition(":")[0]), frozenset())
        and not re.search(r"\b(InputError|CheckFailed)\b", public.own)
    ]


# --- parameters ---------------------------------------------------------------------------------


def parameters(node: Definition) -> set[str]:
    """The names that an `Args:` section of a function or a class may have."""
    if isinstance(node, Function):
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        extra = [each for each in (node.args.vararg, node.args.kwarg) if each]
        bound = {each.arg for each in every[:1]} & {"self", "cls"}
        return {each.arg for each in (*every, *extra)} - bound
    made = [item for item in node.body if isinstance(item, Function) and item.name == "__init__"]
    if made:
        return parameters(made[0])
    above = [CLASSES[name] for base in node.bases if (name := ast.unparse(base)) in CLASSES]
    return set(fields(node)).union(*(parameters(each) for each in above))


@pytest.mark.parametrize("folder", FOLDERS)
def test_sections_tell_of_every_parameter_and_no_other(folder):
    wrong = []
    for public in in_folder(folder):
        section = re.search(r"^Args:\n((?:    .*\n?|\n)*)", public.own, re.MULTILINE)
        if section:
            named = re.findall(r"^    (\w[\w, ]*):", section[1], re.MULTILINE)
            told = {name for line in named for name in line.split(", ")}
            wrong += [f"{public.place}: {name}" for name in told ^ parameters(public.node)]
    assert not wrong


# --- sources ------------------------------------------------------------------------------------

MEMBERS = [
    path
    for path in SOURCES
    if str(path.parent) in ("pruners/methods", "coverage/measures")
    or (str(path.parent) == "features/encoders" and " encode(" in (ROOT / path).read_text("utf-8"))
    if not path.name.startswith("_")
]
"""The models' sources are in their TOML, see tests/flops/test_spec.py."""


@pytest.mark.parametrize("path", MEMBERS, ids=str)
def test_members_name_their_source(path):
    """A paper, public code or a library after `Source:`; or that it is ours."""
    assert re.search(
        r"^Source: \S|\b[Oo]urs\b", ast.get_docstring(SOURCES[path]) or "", re.MULTILINE
    )
