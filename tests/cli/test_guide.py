"""The guide of the commands says what is so."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from lanmsg.cli.main import COMMANDS
from lanmsg.wire.commands import COMMANDS as CHAT_COMMANDS

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "guide" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_guide_lists_every_command(command):
    assert f"| `lanmsg {command}" in GUIDE


@pytest.mark.parametrize("command", [spec.name for spec in CHAT_COMMANDS])
def test_the_guide_names_every_command_of_the_chat(command):
    assert f"`/{command}`" in GUIDE


def test_the_example_of_a_message_keeps_to_the_schema():
    [example] = [line for line in GUIDE.splitlines() if line.startswith("{")]
    schema = json.loads((DOCS / "json-schema" / "message.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(example))
