"""The commands, and the emoji with names: lists that people see."""

from tools.typescript.text import comment, header, value

from lanmsg.wire import commands, emoji_words, short_emoji


def list_files() -> dict[str, str]:
    """Return the files of this module."""
    return {
        "commands.ts": header("src/lanmsg/wire/commands.py") + _commands(),
        "emoji-words.ts": header("src/lanmsg/wire/emoji_words.py") + _emoji(),
        "short-emoji.ts": header("src/lanmsg/wire/short_emoji.py") + _short_emoji(),
    }


def _commands() -> str:
    rows = "".join(map(_command, commands.COMMANDS))
    return (
        f"{comment(commands.CommandSpec.__doc__)}export interface CommandSpec {{\n"
        "  readonly name: string;\n  readonly usage: string;\n  readonly summary: string;\n"
        "  readonly category: string;\n  readonly aliases: readonly string[];\n"
        "  readonly needs: number;\n  readonly isBasic: boolean;\n}\n\n"
        "/** Every command there is, in the order of help. */\n"
        f"export const COMMANDS: readonly CommandSpec[] = [\n{rows}];\n"
    )


def _command(spec: commands.CommandSpec) -> str:
    fields = (
        f"name: {value(spec.name)}",
        f"usage: {value(spec.usage)}",
        f"summary: {value(spec.summary)}",
        f"category: {value(spec.category)}",
        f"aliases: {value(spec.aliases)}",
        f"needs: {spec.needs}",
        f"isBasic: {value(spec.is_basic)}",
    )
    return "  {\n" + "".join(f"    {field},\n" for field in fields) + "  },\n"


def _emoji() -> str:
    rows = "".join(
        f"  {{ emoji: {value(each.emoji)}, name: {value(each.name)} }},\n" for each in emoji_words.EMOJI
    )
    return (
        f"{comment(emoji_words.NamedEmoji.__doc__)}export interface NamedEmoji {{\n"
        "  readonly emoji: string;\n  readonly name: string;\n}\n\n"
        f"export const BITS_PER_EMOJI = {emoji_words.BITS_PER_EMOJI};\n"
        f"export const EMOJI_COUNT = {emoji_words.EMOJI_COUNT};\n\n"
        "/** Sixty-four of them, in an order that never changes. */\n"
        f"export const EMOJI: readonly NamedEmoji[] = [\n{rows}];\n"
    )


def _short_emoji() -> str:
    rows = "".join(f"  [{value(word)}, {value(emoji)}],\n" for word, emoji in short_emoji.SHORT_EMOJI.items())
    return (
        "/** What short words stand for, by the word in lower case. */\n"
        f"export const SHORT_EMOJI: ReadonlyMap<string, string> = new Map([\n{rows}]);\n"
    )
