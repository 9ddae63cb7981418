"""What the docs list is what there is: refusals, permissions, settings, commands, links."""

import re
from pathlib import Path

import pytest
from flask import Flask

from core import auth, config, problems
from core.errors import every_refusal

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def rows(name: str) -> dict[str, list[str]]:
    """Return the rows of the tables of a page by what their first cell names in code."""
    lines = (DOCS / name).read_text().splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if "|" in line
    ]
    return {found[1]: row for row in cells if (found := re.match(r"`([^`]+)`", row[0]))}


def test_every_refusal_is_listed_with_its_status_and_its_sentence(application: Flask) -> None:
    kinds = {kind.code: (int(kind.status), kind.sentence) for kind in every_refusal()}
    for status, (code, sentence) in problems.HTTP_CODES.items():
        kinds.setdefault(code, (status, sentence))

    listed = {code: (int(row[1]), row[2]) for code, row in rows("refusals.md").items()}

    assert listed == kinds


def test_a_code_stands_for_one_kind_of_refusal(application: Flask) -> None:
    codes = [kind.code for kind in every_refusal()]

    assert sorted(codes) == sorted(set(codes))


def test_every_permission_is_listed_with_the_roles_that_hold_it(application: Flask) -> None:
    listed = {
        name: tuple(
            role
            for role, cell in zip(("manager", "marketer", "cashier"), row[2:], strict=True)
            if cell.strip(" |") == "yes"
        )
        for name, row in rows("permissions.md").items()
    }

    assert listed == auth.PERMISSIONS


def test_every_setting_is_listed() -> None:
    listed = {name for name in rows("running.md") if name.startswith(config.PREFIX)}

    assert listed == set(config.SETTINGS)
    text = (DOCS / "running.md").read_text()
    for name in config.SECRETS:
        assert f"`{config.PREFIX}{name}` †" in text


def test_every_command_is_listed(application: Flask) -> None:
    theirs = {"routes", "run", "shell", "openapi", "db"}
    commands = set()
    for name, command in application.cli.commands.items():
        commands |= {f"{name} {sub}" for sub in getattr(command, "commands", {})} or {name}
    text = (DOCS / "running.md").read_text()

    missing = [
        one for one in commands if one.split()[0] not in theirs and f"flask {one}" not in text
    ]

    assert missing == []


def test_every_metric_is_listed() -> None:
    text = (DOCS / "running.md").read_text()

    for name in re.findall(r'"(loyalty_\w+)"', (ROOT / "core/metrics.py").read_text()):
        assert f"`{name}`" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())

    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert dead == []
