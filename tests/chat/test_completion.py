"""What Tab completes."""

import pytest
from tests.cli.fakes import person, room

from lanmsg.chat.completion import NameCompletion
from lanmsg.client.model import MemberRole

ROOMS = [room("ops"), room("den", role=MemberRole.OUTSIDER), room("evil\x1b[2J")]
PEOPLE = [person(name) for name in ("bob", "bobby", "ann", "evil\x1b[2J")]


def completed(line):
    found = NameCompletion(lambda: PEOPLE, lambda: ROOMS).completions(line)
    return [line[: len(line) - found.replaced] + choice for choice in found.choices]


@pytest.mark.parametrize(
    ("line", "choices"),
    [
        ("@b", ["@bob ", "@bobby "]),
        ("@A", ["@ann "]),
        ("@", ["@ann ", "@bob ", "@bobby ", "@ops "]),
        ("@o", ["@ops "]),
        ("@ann,@o", []),
        ("#o", ["@ops "]),
        ("see #o", ["see #ops"]),
        ("#", []),
        ("#den", []),
        ("/join ", ["/join den"]),
        ("/leave o", ["/leave ops"]),
        ("/kick bobb", ["/kick bobby"]),
        ("/kick bobby ", ["/kick bobby ops"]),
        ("/invite a", ["/invite ann"]),
        ("/invite ann bobb", ["/invite ann bobby"]),
        ("/invite ann o", ["/invite ann ops"]),
        ("/who o", ["/who ops"]),
        ("@x", []),
        ("@ann,@bobb", ["@ann,@bobby "]),
        ("look, @an", ["look, @ann"]),
        ("/wh", ["/who ", "/whois "]),
        ("/whois a", ["/whois ann"]),
        ("/msg bobb", ["/msg bobby"]),
        ("/info an", ["/info ann"]),
        ("/me a", []),
        ("hello", []),
        ("", []),
        ("see /wh", []),
    ],
)
def test_names_follow_an_at_and_commands_a_slash(line, choices):
    assert completed(line) == choices


def test_a_name_that_could_not_be_shown_is_not_offered():
    assert completed("@evil") == []
