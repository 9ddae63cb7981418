"""Every text goes through the catalogue: none stands bare in a template or a page of Python."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment

from core.pages import house

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
PAGES = sorted(
    path
    for folder in ("core/pages", "coupons/pages", "loyalty/pages", "loyalty/portal")
    for path in (ROOT / folder).rglob("*.py")
)

SPOKEN = {"alt", "aria-label", "label", "placeholder", "title"}
"""Attributes that are read out or shown."""

HEADERS = {"Lax", "Purpose", 'attachment; filename="my-data.json"'}
NO_TEXTS = {"API", "Authorization: Bearer …", "button", *HEADERS, *house.CONTINENTS}
"""What is the same in every language, or read by programs only."""

MARKS = {"_", "N_", "gettext", "lazy_gettext", "ngettext", "lazy_ngettext"}

LETTERS = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"[A-Z][a-z]+[.!?…]?|.*[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}.*")
OF_A_TAG = re.compile(r"{% block \w+_(?:class|data) %}.*?{% endblock \w* ?%}", re.DOTALL)
"""Blocks that stand inside a tag: classes and data, not texts."""

GAP = "\N{OBJECT REPLACEMENT CHARACTER}"


class _Bare(HTMLParser):
    """The texts and the spoken attributes of markup."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def bare_in_markup(source: str) -> list[str]:
    """Return the texts that stand in the markup itself, outside every expression."""
    markup = ""
    for _, kind, text in Environment(autoescape=True).lex(OF_A_TAG.sub("", source)):
        markup += text if kind == "data" else GAP if kind.endswith("_begin") else ""
    parser = _Bare()
    parser.feed(markup)
    texts = (" ".join(text.replace(GAP, " ").split()) for text in parser.found)
    return [text for text in texts if LETTERS.search(text) and text not in NO_TEXTS]


def bare_in_expressions(source: str) -> list[str]:
    """Return the sentences that stand in expressions of a template without being marked."""
    tokens = [
        (kind, text)
        for _, kind, text in Environment(autoescape=True).lex(source)
        if kind not in ("whitespace", "data")
    ]
    found = []
    for at, (kind, text) in enumerate(tokens):
        before = [text for _, text in tokens[max(at - 4, 0) : at]]
        is_marked = (before[-1:] == ["("] and before[-2] in MARKS) or before[:1] == ["ngettext"]
        is_sentence = kind == "string" and SENTENCE.fullmatch(text[1:-1])
        is_looked_up = before[-1:] == ["["] or before[-1:] in (["in"], ["=="], ["!="])
        if is_sentence and not is_marked and not is_looked_up:
            found.append(text[1:-1])
    return found


def bare_in_python(source: str) -> list[str]:
    """Return the sentences in Python that are neither marked nor a docstring."""
    every = _strings(ast.parse(source))
    return [text for text in every if SENTENCE.fullmatch(text) and text not in NO_TEXTS]


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and _called(node.func) in MARKS:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.FunctionDef):
        node.decorator_list, node.returns = [], None
    if isinstance(node, ast.AnnAssign):
        node.annotation = ast.Constant(None)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _strings(child)


def _called(function: ast.expr) -> str | None:
    """Return the name of what is called, whether it was imported or its module was."""
    return getattr(function, "id", None) or getattr(function, "attr", None)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_stands_bare_in_a_template(path: Path) -> None:
    source = path.read_text("utf-8")

    markup = bare_in_markup(source) if path.suffix == ".html" else []

    assert markup + bare_in_expressions(source) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_stands_bare_in_a_page_of_python(path: Path) -> None:
    assert bare_in_python(path.read_text("utf-8")) == []


def test_bare_texts_are_found() -> None:
    template = '<a title="Open it">{{ _("Fine") }} bare {{ badge("Wrong one") }}</a><b>{{ x }}</b>'
    page = 'def view():\n    """Show it."""\n    flash("Saved it.")\n    flash(_("Saved."))\n'

    assert bare_in_markup(template) == ["Open it", "bare"]
    assert bare_in_expressions(template) == ["Wrong one"]
    assert bare_in_python(page) == ["Saved it."]
