"""Who may do what in a room: the one table of rules."""

from enum import StrEnum

from tools.typescript.text import comment, header, value

from lanmsg.wire import rooms


def rule_files() -> dict[str, str]:
    """Return the files of this module."""
    parts = [header("src/lanmsg/wire/rooms.py"), 'import { Role } from "./statements";\n\n']
    parts += [_words(kind) for kind in (rooms.Standing, rooms.Whom, rooms.When)]
    parts += [_deeds(), _rules()]
    return {"room-rules.ts": "".join(parts)}


def _words(kind: type[StrEnum]) -> str:
    rows = "".join(f"  {each.name}: {value(str(each))},\n" for each in kind)
    return (
        f"{comment(kind.__doc__)}export const {kind.__name__} = {{\n{rows}}} as const;\n"
        f"export type {kind.__name__} = (typeof {kind.__name__})[keyof typeof {kind.__name__}];\n\n"
    )


def _deeds() -> str:
    names = "".join(f'\n  | "{deed.name.lower()}"' for deed in rooms.Deed)
    return f"{comment(rooms.Deed.__doc__)}export type Deed ={names};\n\n"


def _rules() -> str:
    rows = "".join(
        f"  {{ actor: Standing.{rule.actor.name}, whom: Whom.{rule.whom.name}, "
        f"before: Role.{rule.before.name}, after: Role.{rule.after.name}, when: When.{rule.when.name} }},\n"
        for rule in rooms.RULES
    )
    return (
        f"{comment(rooms.Rule.__doc__)}export interface Rule {{\n"
        "  readonly actor: Standing;\n  readonly whom: Whom;\n"
        "  readonly before: Role;\n  readonly after: Role;\n  readonly when: When;\n}\n\n"
        "/** All that may be done; what is not here may not. A role that stays as it is, is no change. */\n"
        f"export const RULES: readonly Rule[] = [\n{rows}];\n"
    )
