"""`lanmsg doctor`: why people or hubs are not found, in plain words, with the way round."""

import json as json_text
import sys
from typing import TYPE_CHECKING, Final

from lanmsg.cli.opening import run_async
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, settings_of
from lanmsg.cli.output import folded, is_terminal_out, terminal_columns, write_line, write_note
from lanmsg.wire.safe_text import safe_line

if TYPE_CHECKING:
    from lanmsg.cli.doctor_checks import Check, Finding

_INDENT: Final = " " * 8


def doctor(*, json: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Test the network, the hub and this home; say what is wrong and the way round.

    Nothing leaves the local network, but a connection to the hub that was named or used last.

    Args:
        json: One JSON object a line.
        options: Which client. --hub HOST:PORT tests the way to that hub.
    """
    from lanmsg.cli.doctor_checks import CHECKS, exit_code
    from lanmsg.cli.doctor_facts import find_out

    settings = settings_of(options)
    if is_terminal_out() and not json:
        write_note("Looking around; this takes a few seconds …")
    facts = run_async(find_out(settings))
    findings = [(check, check.judge(facts)) for check in CHECKS]
    for check, finding in findings:
        for line in [finding_json(check, finding)] if json else finding_lines(check, finding):
            write_line(line)
    return exit_code(findings, facts)


def finding_lines(check: "Check", finding: "Finding") -> list[str]:
    """Return a finding for people: what it is about, how it is, what to do."""
    columns = terminal_columns(sys.stdout)
    lines = folded(safe_line(f"{finding.result.value:<7} {check.id}: {finding.text}"), columns)
    if finding.result.value != "ok":
        lines += folded(f"{_INDENT}({safe_line(check.tried)})", columns)
        lines += folded(f"{_INDENT}{safe_line(finding.advice)}", columns) if finding.advice else []
    return lines


def finding_json(check: "Check", finding: "Finding") -> str:
    """Return a finding as one line (`docs/json-schema/check.json`)."""
    return json_text.dumps(
        {
            "id": check.id,
            "tried": check.tried,
            "result": finding.result.value,
            "text": safe_line(finding.text),
            "advice": safe_line(finding.advice) or None,
        },
        ensure_ascii=True,
    )
