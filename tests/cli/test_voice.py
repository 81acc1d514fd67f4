"""One voice: what the command line says, read off the commands and errors themselves."""

from __future__ import annotations

import ast
import re
import shlex
from collections import defaultdict
from pathlib import Path

import pytest
import typer

from evtp.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [
    *("core", "features", "pruners", "coverage", "flops", "segmentation", "sweeps", "timing"),
    *("reports", "evtp_cli"),
]

DIFFERS = {
    "--output": "a file, or the folder of a cache, a run or a report",
    "--method": "all but `flops` take several",
    "--encoder": "a checkpoint to load, or a remark on what somebody else used",
}
"""Options whose metavar is not the same everywhere, and why."""


def walk(command, path="evtp"):
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, f"{path} {name}")


COMMANDS = dict(walk(typer.main.get_command(app)))
LEAVES = {
    path: command
    for path, command in COMMANDS.items()
    if path not in {"evtp", "evtp bench", "evtp features"}
}


def options():
    """(command, option) for every option of our own."""
    for path, command in COMMANDS.items():
        for param in command.params:
            ours = param.param_type_name == "option" and param.name not in {
                "help",
                "install_completion",
                "show_completion",
            }
            if ours:
                yield path, param


def meaning(text):
    """The first sentence: what an option is, before how a command reads it."""
    return re.match(r"(.*?[.:])(?=\s|$)", text).group(1)


def by_name(read):
    found = defaultdict(lambda: defaultdict(list))
    for path, option in options():
        found[option.opts[0]][read(option)].append(path)
    return found


def test_an_option_means_the_same_in_every_command():
    differing = {
        name: dict(meanings)
        for name, meanings in by_name(lambda o: meaning(o.help)).items()
        if len(meanings) > 1
    }
    assert not differing


def test_a_meaning_has_one_name():
    names = defaultdict(set)
    for _, option in options():
        names[meaning(option.help)].add(option.opts[0])
    assert not {text: found for text, found in names.items() if len(found) > 1}


def test_an_option_is_written_the_same_in_every_command():
    def form(option):
        metavar = (option.metavar or "").removesuffix("|RANGE")
        return metavar, tuple(option.opts), option.is_flag

    differing = {
        name: dict(forms)
        for name, forms in by_name(form).items()
        if len(forms) > 1 and name not in DIFFERS
    }
    assert not differing


def test_an_exception_is_still_one():
    assert set(DIFFERS) <= {option.opts[0] for _, option in options()}


def test_every_value_has_a_name_in_capitals():
    shape = re.compile(r"[A-Z]+(x[A-Z]+|=[A-Z]+)?(\|([A-Z]+|all))*")
    for path, option in options():
        if not option.is_flag:
            assert shape.fullmatch(option.metavar or ""), f"{path} {option.opts[0]}"


def test_help_is_sentences_and_a_default_stands_in_brackets_at_the_end():
    for path, option in options():
        text, where = option.help, f"{path} {option.opts[0]}"
        assert re.fullmatch(r"[A-Z`].*(\.|\.\.\.|\\\[default: .*[^.]\])", text), where
        assert "default" not in re.sub(r"\\\[default: .*\]$", "", text).lower(), where
        printed = option.show_default and not option.is_flag and option.default is not None
        assert not (printed and "[default:" in text), f"{where} has two defaults"
        assert "  " not in text, where


def test_an_option_that_repeats_says_so():
    for path, option in options():
        assert option.multiple == ("Repeat" in option.help), f"{path} {option.opts[0]}"


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_says_what_it_does_in_one_imperative_sentence(path):
    first = COMMANDS[path].help.strip().split("\n\n")[0]
    assert first.endswith(".")
    assert first.count(". ") == 0
    assert re.match(
        r"(Benchmark|Bound|Check|Correlate|Count|Draw|Encode|Explain|List|Make|Measure|Print|"
        r"Recover|Run|Score|Set|Show|Take|Time|Try|Write) ",
        first,
    )


def test_a_command_that_checks_says_when_it_exits_with_1():
    for path, file in {
        "evtp check-pruner": "check_pruner",
        "evtp features extract": "features_extract",
        "evtp features verify": "features_verify",
        "evtp flops check": "flops_check",
        "evtp flops verify": "flops_verify",
        "evtp sweep": "sweep",
    }.items():
        source = (ROOT / "evtp_cli" / "commands" / f"{file}.py").read_text(encoding="utf-8")
        assert "raise CheckFailed" in source
        assert "Exits with 1 " in COMMANDS[path].help, path


def examples(path):
    return re.findall(r"^- `(evtp .*)`$", LEAVES[path].epilog or "", re.MULTILINE)


@pytest.mark.parametrize("path", LEAVES)
def test_a_command_ends_its_help_with_examples_of_itself(path):
    assert examples(path)
    for example in examples(path):
        program, *words = shlex.split(example)
        names = path.split()[1:]
        assert words[: len(names)] == names
        context = LEAVES[path].make_context(path, words[len(names) :], resilient_parsing=False)
        context.close()
        assert program == "evtp"


class Spelt(ast.NodeTransformer):
    """Puts the module's own constants in the place of their names."""

    def __init__(self, tree):
        self.constants = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }

    def visit_Name(self, node):
        return self.constants.get(node.id, node)


def calls(name):
    """Every call of that name in the library and the commands: where, and its arguments."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            if f"{name}(" not in text:
                continue
            tree = ast.parse(text)
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                    node.args = [Spelt(tree).visit(argument) for argument in node.args]
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def begins(node):
    """The text that an argument begins with; empty where it is computed."""
    if isinstance(node, ast.JoinedStr):
        return begins(node.values[0])
    if isinstance(node, ast.IfExp):
        return begins(node.body)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def ends(node):
    if isinstance(node, ast.JoinedStr):
        return ends(node.values[-1])
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


VERBS = re.compile(
    "add|begin|check|choose|continue|count|create|define|delete|encode|end|extract|fill|free|give|"
    "install|keep|leave|list|make|mend|move|name|read|remove|rename|replace|resize|run|save|say|"
    "score|see|set|start|stay|sweep|try|use|wait|write"
)


def test_every_error_has_a_clause_and_an_imperative():
    wrong = []
    for where, call in calls("InputError"):
        if len(call.args) != 4:
            wrong.append(f"{where}: four arguments")
            continue
        name, _, problem, remedy = call.args
        if begins(name) and not re.fullmatch(r"[a-z_]+|[A-Z_]+", begins(name)):
            wrong.append(f"{where}: {begins(name)!r} names no parameter")
        if re.match(r"[A-Z]\w+ ", begins(problem)) or ends(problem).endswith((".", ";")):
            wrong.append(f"{where}: {begins(problem)!r} is no clause")
        first = re.match(r"\w*", begins(remedy)).group()
        if (first and not VERBS.fullmatch(first)) or ends(remedy).endswith((".", ";")):
            wrong.append(f"{where}: {begins(remedy)!r} is no imperative")
    assert not wrong, "\n".join(wrong)


def test_a_quantity_has_its_unit_in_its_heading():
    dimensional = re.compile(r"macs|bytes|seconds(?!_per)|params|peak|bandwidth|memory|^cost")
    without = []
    for where, call in calls("Column"):
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        is_text = "kind" not in given and len(call.args) < 3
        has_unit = (
            "unit" in given
            or len(call.args) > 3
            or re.search("MAC|Parameters", begins(given.get("group")))
        )
        if dimensional.search(begins(call.args[0])) and not is_text and not has_unit:
            without.append(f"{where}: {begins(call.args[0])}")
    assert not without, "\n".join(without)
