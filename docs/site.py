"""Pages of the site that the code writes: the commands, the pruners, the audit; and the menu.

A hook of MkDocs. A page made here cannot fall behind the code, and a page written by hand under
docs/ is in the menu by being there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
REPOSITORY = DOCS.parent

# Pages written by hand, in the order of the menu; any other comes after them.
ORDER = (
    "report",
    "accounting",
    "models",
    "pruners",
    "features",
    "scale",
    "performance",
    "evidence",
    "theory",
)


def pages() -> dict[str, str]:
    """The Markdown of every page that the code writes, by its path in the site."""
    return {"index.md": _home(), **_commands(), **_pruners(), "audit.md": _audit()}


def on_config(config: Any) -> Any:
    """Builds the menu."""
    config.nav = menu()
    return config


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def menu() -> list[dict[str, Any]]:
    """The menu: the home page, what is written by hand, then what the code writes."""
    made = pages()
    written = sorted(
        (path.stem for path in DOCS.glob("*.md")),
        key=lambda stem: (ORDER.index(stem) if stem in ORDER else len(ORDER), stem),
    )

    def listed(folder: str) -> list[str]:
        return [path for path in made if path.startswith(f"{folder}/")]

    return [
        {"Home": "index.md"},
        *({_title(DOCS / f"{stem}.md"): f"{stem}.md"} for stem in written),
        {"Audit of the paper": "audit.md"},
        {"Commands": listed("commands")},
        {"Methods": listed("methods")},
    ]


def _title(page: Path) -> str:
    """The first heading of a page."""
    found = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else page.stem


def _home() -> str:
    """The README, its links bent to where its targets are in the site."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    return text.replace("](docs/", "](")


def _commands() -> dict[str, str]:
    """A page a command, its subcommands below it, from ``--help``."""
    from typer.main import get_command

    from evtp.cli.main import app

    return {
        f"commands/{name}.md": "\n".join(_command(command, [name]))
        for name, command in sorted(_children(get_command(app)).items())
    }


def _children(command: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(command, "commands", {})
    return found


def _command(command: Any, path: list[str]) -> Iterator[str]:
    from typer.testing import CliRunner

    from evtp.cli.main import app

    yield f"{'#' * len(path)} evtp {' '.join(path)}\n"
    environment = {"COLUMNS": "88", "TERM": "dumb", "NO_COLOR": "1"}
    done = CliRunner().invoke(app, [*path, "--help"], env=environment)
    text = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
    yield f"```text\n{text}\n```\n"
    for name, child in sorted(_children(command).items()):
        yield from _command(child, [*path, name])


def _pruners() -> dict[str, str]:
    """A page a method, from the docstring of its file."""
    from evtp.pruners.method import METHODS

    return {f"methods/{name}.md": _pruner(name) for name in METHODS.names()}


def _pruner(name: str) -> str:
    import inspect
    import sys

    from evtp.pruners.method import METHODS, load

    pruner = load(name)
    module = sys.modules[METHODS.load(name).__module__]
    summary, _, body = inspect.getdoc(module).partition("\n")  # type: ignore[union-attr]
    needs = ", ".join(need.replace("_", " ") for need in pruner.needs)
    traits = [
        f"Needs {needs} beside the features." if needs else "Needs the features only.",
        "Draws at random; `--seed` fixes the draw."
        if pruner.seeded
        else "Draws nothing at random.",
        "The first tokens of a larger budget are those of a smaller one."
        if pruner.nested
        else "Every budget is chosen anew.",
    ]
    options = [f"| `{key}` | `{value!r}` |" for key, value in pruner.options.items()]
    table = ["", "| option | default |", "|---|---|", *options] if options else []
    return "\n".join(
        [
            f"# {name}",
            "",
            summary,
            "",
            body.strip(),
            "",
            *(f"- {trait}" for trait in traits),
            *table,
            "",
            f"```sh\nevtp coverage --method {name} --keep 10%\n```",
            "",
        ]
    )


def _audit() -> str:
    """What `evtp report` finds in the published tables and text."""
    from evtp.flops import count, datasets
    from evtp.reports.audit import audit, audit_table, count_table
    from evtp.reports.renderers import FORMATS, Surface

    flops = [
        record
        for name in datasets()
        for keep in (1.0, 0.2, 0.1, 0.05)
        for record in count(dataset=name, keep=keep, accounting="paper").records()
    ]
    findings = audit(flops)
    render = FORMATS.load("markdown")
    return "\n".join(
        [
            "# Audit of the paper",
            "",
            "What EVTP-IVS states against its own tables and against the accounting, as "
            "`evtp report` finds it. The report adds what it measures itself.",
            "",
            render(count_table(findings), Surface()),
            render(audit_table(findings), Surface()),
        ]
    )
