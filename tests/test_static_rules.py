"""Rules of security that a machine can see in the source (docs/decisions/0015-static-checks.md)."""

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "lanmsg"
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
LOGGING = {"logging", "structlog"}
MAY_LOG = re.compile(r"(hub|net|cluster)/|cli/(hub_\w+|logs)\.py")
SECRET = re.compile(r"(^|_)(mac|secret|token|commitment|code_hash)$")


def name_of(path):
    return path.relative_to(SOURCE).as_posix()


def imported_by(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def last_name(node):
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def compared_secrets(tree):
    """The secrets that == compares: how long that takes tells how much of a guess is right."""
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    equal = [node for node in compared if any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)]
    names = [last_name(side) for node in equal for side in (node.left, *node.comparators)]
    return [name for name in names if SECRET.search(name)]


def test_only_the_hubs_side_writes_logs():
    """Whoever has plaintext or keys has no log to write them to."""
    trees = {path: tree for path, tree in TREES.items() if not MAY_LOG.match(name_of(path))}
    assert [name_of(path) for path, tree in trees.items() if not LOGGING.isdisjoint(imported_by(tree))] == []


def test_secrets_are_compared_in_constant_time():
    assert {
        name_of(path): list(found) for path, tree in TREES.items() if (found := compared_secrets(tree))
    } == {}


def test_a_compared_secret_is_found():
    assert compared_secrets(ast.parse("if frame.secret == expected: pass")) == ["secret"]


def test_every_exception_to_a_rule_of_security_has_its_reason():
    lines = [line for path in TREES for line in path.read_text("utf-8").splitlines()]
    exceptions = [found[1] for line in lines if (found := re.search(r"noqa: ?[A-Z0-9, ]*\bS\d{3}(.*)", line))]
    assert exceptions
    assert [rest for rest in exceptions if not re.match(r"[\w, ]* +(-|#) \S", rest)] == []
