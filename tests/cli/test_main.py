"""The command line: what is asked of it, and how it ends."""

import re
import subprocess
import sys

import pytest

from lanmsg import __version__
from lanmsg.cli import main, version
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.help_lines import MAX_COLUMNS
from lanmsg.client.errors import HubNotFound
from lanmsg.wire.errors import Code, Refusal


@pytest.fixture
def failing(monkeypatch, capsys):
    """Run a command that raises; returns its code and what it said."""

    def run(error, *, is_debugged=False):
        def fail():
            raise error

        monkeypatch.setenv(main.DEBUG_VARIABLE, "1" if is_debugged else "")
        monkeypatch.setattr(version, "version", fail)
        code = main.run(["version"])
        return code, capsys.readouterr().err

    return run


def test_the_version_is_printed_in_both_ways(capsys):
    assert main.run(["version"]) == ExitCode.OK
    assert main.run(["--version"]) == ExitCode.OK
    assert capsys.readouterr().out == f"{__version__}\n" * 2


@pytest.mark.parametrize("command", main.COMMANDS)
def test_every_command_explains_itself_without_boxes(command, capsys):
    assert main.run([command, "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: lanmsg {command}")
    assert "─" not in shown


def test_help_lists_every_command(capsys):
    assert main.run(["--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    for command, summary in main.COMMANDS.items():
        assert re.search(rf"^  {command} +{re.escape(summary)}$", shown, re.MULTILINE)


@pytest.mark.parametrize("columns", [30, 60, 200])
def test_help_fits_the_terminal_and_breaks_no_word(columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    main.run(["hub", "--help"])
    words = capsys.readouterr().out.split()
    monkeypatch.setenv("COLUMNS", str(columns))
    main.run(["hub", "--help"])
    shown = capsys.readouterr().out
    assert shown.split() == words
    assert max(map(len, shown.splitlines())) <= min(columns, MAX_COLUMNS)


def test_help_names_what_turns_a_flag_on_or_off_and_no_default_that_says_nothing(capsys):
    main.run(["hub", "--help"])
    shown = capsys.readouterr().out
    assert "  --invite-only, --no-invite-only\n" in shown
    assert "  --metrics-public\n" in shown
    assert "  --advertise, --no-advertise\n" in shown
    assert "Default: auto." in shown
    assert not any(
        nothing in shown for nothing in ("Default: False", "Default: ()", 'Default: ""', "[default")
    )


@pytest.mark.parametrize("command", sorted({*main.COMMANDS} - {"hub", "version", "demo"}))
def test_every_command_takes_home_hub_and_name(command, capsys):
    main.run([command, "--help"])
    shown = capsys.readouterr().out
    for option in ("--home", "LANMSG_HOME", "--hub", "LANMSG_HUB", "--name"):
        assert option in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sedn"], "there is no command 'sedn'. Did you mean send?"),
        (["xyz"], "there is no command 'xyz'. See: lanmsg --help"),
        (["--home", "x", "send", "#"], "options come behind the command"),
        (["send"], "lanmsg send '#' hello"),
        (["send", "#", "--xyzzy"], "Unknown option: --xyzzy. See: lanmsg send --help"),
        (["send", "#", "--timeout", "soon"], "--timeout"),
        (["history"], "TARGET"),
        (["version", "extra"], "'extra' is too much here"),
        (["search", "cake", "--limti", "3"], "unknown option: --limti. See: lanmsg search --help"),
        (["history", "#", "--limit", "0"], "--limit must be 1 or more"),
        (["join", "ftp://example.org"], "this is no join link"),
        (["join", "https://example.org"], "something must follow the # in it"),
        (["who", "--hub", "a:b"], "no valid port"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_code_2(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("LANMSG_HOME", str(tmp_path))
    assert main.run(arguments) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.startswith("lanmsg: ")
    assert shown.out == ""


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Refusal(Code.NAME_TAKEN, "bob is taken"), 5, "lanmsg: bob is taken\n"),
        (HubNotFound("no hub", ["DNS-SD: no answer"]), 4, "lanmsg: no hub\n  DNS-SD: no answer\n"),
        (ExceptionGroup("", [ValueError(), Refusal(Code.FULL, "full")]), 5, "lanmsg: full\n"),
        (PermissionError(13, "Permission denied", "/home/x"), 1, "lanmsg: Permission denied: /home/x\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 0, ""),
        (ExceptionGroup("", [BrokenPipeError()]), 0, ""),
    ],
    ids=repr,
)
def test_an_error_is_one_sentence_and_its_code(failing, error, code, said):
    assert failing(error) == (code, said)


def test_a_bug_is_one_sentence_and_a_traceback_only_when_asked_for(failing):
    code, said = failing(KeyError("x"))
    assert code == ExitCode.UNEXPECTED
    assert said.count("\n") == 1
    assert "KeyError" in said
    assert "LANMSG_DEBUG=1" in said
    assert "Traceback" in failing(KeyError("x"), is_debugged=True)[1]


def test_an_error_that_quotes_others_is_filtered(failing):
    assert failing(Refusal(Code.FULL, "full\x1b[2J"))[1] == "lanmsg: full␛[2J\n"


# --- what is loaded --------------------------------------------------------------------------

HEAVY = (
    "aiohttp",
    "keyring",
    "prompt_toolkit",
    "rich",
    "segno",
    "structlog",
    "textual",
    "zeroconf",
    "ifaddr",
)


def loaded_after(code):
    program = f"import sys\n{code}\nprint(*sys.modules)"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()


def test_sending_from_a_script_loads_nothing_that_only_other_commands_need():
    loaded = loaded_after("import lanmsg.cli.main, lanmsg.cli.send, lanmsg.client.real")
    assert set(HEAVY).isdisjoint(loaded)


def test_the_command_line_itself_loads_no_client():
    loaded = loaded_after("from lanmsg.cli.main import run\nrun(['version'])")
    assert {"lanmsg.client", "asyncio", "ssl", *HEAVY}.isdisjoint(loaded)


def test_the_app_starts_without_what_only_its_panels_and_other_faces_need():
    loaded = loaded_after(
        "import lanmsg.cli.main, lanmsg.cli.chat_command, lanmsg.cli.companion_serving, lanmsg.client.real\n"
        "import lanmsg.cli.chat_programs, lanmsg.tui.app"
    )
    assert {*HEAVY, "pygments", "lanmsg.hub"}.intersection(loaded) == {"rich", "textual"}
    screens = {each.removeprefix("lanmsg.tui.screens.") for each in loaded if "tui.screens." in each}
    assert screens == {"front", "panel", "asking", "typing"}  # what all panels are made of
