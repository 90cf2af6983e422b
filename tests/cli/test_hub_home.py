"""`lanmsg hub` and `lanmsg stop` of one home mean one hub."""

from pathlib import Path

import pytest

from lanmsg.cli import hub as command
from lanmsg.cli.hub_command import HubOptions
from lanmsg.cli.options import ClientOptions
from lanmsg.cli.start import hub_data_of


@pytest.fixture
def told(monkeypatch):
    options = []
    monkeypatch.setattr(command, "run_hub", lambda given: options.append(given) or 0)
    return options


def test_a_home_holds_its_hub_where_stop_looks_for_it(told, tmp_path):
    command.hub(home=tmp_path)
    assert told[0].data == hub_data_of(ClientOptions(home=tmp_path))


def test_a_data_directory_goes_before_a_home(told, tmp_path):
    command.hub(home=tmp_path, options=HubOptions(data=Path("elsewhere")))
    assert told[0].data == Path("elsewhere")
