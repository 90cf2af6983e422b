"""The keys: one table. Bindings, the page of keys, the documentation and remapping are made from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from textual.binding import Binding


class Place(StrEnum):
    """Where a key means something."""

    CHAT = "Everywhere"
    WRITING = "While you write"
    READING = "With a message chosen"


class Profile(StrEnum):
    """A set of keys."""

    USUAL = "usual"
    VIM = "vim"


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that can be done by keys.

    `keys` are Textual's names of them; `vim` are those of the vim profile, where they differ.
    `words` say what it does, for people. `is_editing`: the text editor has it already, it is listed only.
    """

    action: str
    keys: tuple[str, ...]
    place: Place
    words: str
    vim: tuple[str, ...] = ()
    is_editing: bool = False

    def of(self, profile: Profile) -> tuple[str, ...]:
        """Return its keys in a profile."""
        return self.vim if profile is Profile.VIM and self.vim else self.keys


KEYS: Final = (
    Key("jump", ("ctrl+k", "alt+j"), Place.CHAT, "jump to a conversation by a few letters"),
    Key("search", ("ctrl+f",), Place.CHAT, "search everything"),
    Key(
        "next_conversation",
        ("alt+down", "alt+right"),
        Place.CHAT,
        "the next conversation",
        vim=("alt+down", "alt+right", "ctrl+n"),
    ),
    Key(
        "previous_conversation",
        ("alt+up", "alt+left"),
        Place.CHAT,
        "the conversation before",
        vim=("alt+up", "alt+left", "ctrl+p"),
    ),
    Key("next_unread", ("alt+shift+down",), Place.CHAT, "the next one with something unread"),
    Key("previous_unread", ("alt+shift+up",), Place.CHAT, "the last one with something unread"),
    Key("next_active", ("alt+a",), Place.CHAT, "where something calls for you, else what is unread"),
    *(Key(f"conversation({number})", (f"alt+{number}",), Place.CHAT, "") for number in range(1, 10)),
    Key("page_older", ("pageup",), Place.CHAT, "a page back", vim=("pageup", "ctrl+b")),
    Key("page_newer", ("pagedown",), Place.CHAT, "a page on", vim=("pagedown",)),
    Key("newest", ("ctrl+end",), Place.CHAT, "the newest messages"),
    Key("oldest", ("ctrl+home",), Place.CHAT, "the oldest message"),
    Key("first_unread", ("alt+u",), Place.CHAT, "the first unread message"),
    Key("mark_read", ("alt+r",), Place.CHAT, "count this conversation as read"),
    Key("toggle_conversations", ("f2",), Place.CHAT, "show or hide the conversations"),
    Key("toggle_people", ("f3",), Place.CHAT, "show or hide the people"),
    Key("settings", ("f4",), Place.CHAT, "settings"),
    Key("join_code", ("f5",), Place.CHAT, "how others join: link, QR code and check words"),
    Key("about", ("f6",), Place.CHAT, "about this conversation: the person, or the room and its people"),
    Key("menu", ("f7",), Place.CHAT, "all else that there is to do"),
    Key("rooms", ("f8",), Place.CHAT, "the rooms: enter one, make one"),
    Key("help", ("f1", "ctrl+underscore"), Place.CHAT, "this page"),
    Key("redraw", ("ctrl+l",), Place.CHAT, "draw everything anew"),
    Key("interrupt", ("ctrl+c",), Place.CHAT, "copy what is marked; else empty the line; twice: leave"),
    Key("leave_app", ("ctrl+q",), Place.CHAT, "leave"),
    Key("send", ("enter",), Place.WRITING, "send, or do what the line says"),
    Key("new_line", ("alt+enter", "shift+enter", "ctrl+j"), Place.WRITING, "a new line"),
    Key("complete", ("tab",), Place.WRITING, "complete a name, /command or :emoji:, then the next choice"),
    Key("complete_back", ("shift+tab",), Place.WRITING, "the choice before"),
    Key("edit_last", ("up",), Place.WRITING, "in an empty line: edit your last message"),
    Key("older_line", ("ctrl+up",), Place.WRITING, "what you entered before"),
    Key("newer_line", ("ctrl+down",), Place.WRITING, "what you entered after that"),
    Key("end_of_input", ("ctrl+d",), Place.WRITING, "in an empty line: leave"),
    Key("leave_line", ("escape",), Place.WRITING, "end a reply or an edit; else choose a message"),
    Key("cursor_line_start", ("ctrl+a", "home"), Place.WRITING, "the start of the line", is_editing=True),
    Key("cursor_line_end", ("ctrl+e", "end"), Place.WRITING, "the end of the line", is_editing=True),
    Key("delete_word_left", ("ctrl+w",), Place.WRITING, "delete a word", is_editing=True),
    Key("delete_to_start_of_line", ("ctrl+u",), Place.WRITING, "delete to the start", is_editing=True),
    Key("undo", ("ctrl+z",), Place.WRITING, "undo", is_editing=True),
    Key("newer", ("j", "down"), Place.READING, "the next message"),
    Key("older", ("k", "up"), Place.READING, "the message before"),
    Key("choose_oldest", ("g", "home"), Place.READING, "the oldest message"),
    Key("choose_newest", ("G", "end"), Place.READING, "the newest message"),
    Key("reply", ("r",), Place.READING, "reply to it"),
    Key("edit", ("e",), Place.READING, "edit it, if it is yours"),
    Key("delete", ("d",), Place.READING, "delete it (asks first)"),
    Key("thumb", ("plus",), Place.READING, "react with 👍; again: take it back"),
    Key("react", ("colon",), Place.READING, "react with an emoji"),
    Key("pin", ("p",), Place.READING, "pin it, or unpin it"),
    Key("info", ("i",), Place.READING, "when, who has it, who read it", vim=("I",)),
    Key("quoted", ("q",), Place.READING, "go to the message it answers"),
    Key("unfold", ("space",), Place.READING, "show all lines of a long message"),
    Key("copy", ("y", "c"), Place.READING, "copy its text"),
    Key("help", ("question_mark",), Place.READING, "this page"),
    Key("search", ("slash",), Place.READING, "search everything"),
    Key("write", ("escape", "enter"), Place.READING, "back to writing", vim=("escape", "enter", "i", "a")),
)
"""Everything that keys do."""

_SHOWN: Final = {
    "plus": "+",
    "colon": ":",
    "question_mark": "?",
    "slash": "/",
    "ctrl+underscore": "Ctrl+/",
    "pageup": "PageUp",
    "pagedown": "PageDown",
    "escape": "Esc",
}


def bindings_of(place: Place) -> list[Binding]:
    """Return the bindings of a place. Those of the chat come before what a text editor would do."""
    return [
        Binding(
            ",".join(key.keys),
            _action(key),
            key.words,
            id=id_of(key),
            show=False,
            priority=place is Place.CHAT,
        )
        for key in KEYS
        if key.place is place and not key.is_editing
    ]


def writing_actions(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return what each key does while one writes, by the `keymap` of a person.

    The composer looks here itself, and has no bindings for them: Textual runs bindings ahead of the letters
    that wait to be typed, or behind those that come after, and Enter must stand where it was pressed.
    """
    keys = [key for key in KEYS if key.place is Place.WRITING and not key.is_editing]
    return {each: key.action for key in keys for each in chosen[id_of(key)].split(",")}


def _action(key: Key) -> str:
    """Return who does it: the widget of its place, but what can be done everywhere the screen."""
    is_of_chat = any(each.action == key.action for each in KEYS if each.place is Place.CHAT)
    return f"screen.{key.action}" if is_of_chat else key.action


def id_of(key: Key) -> str:
    """Return the name by which a key is remapped: `chat.jump`."""
    return f"{key.place.name.lower()}.{key.action}"


def keymap(profile: Profile, own: Mapping[str, str]) -> dict[str, str]:
    """Return the keys of each id in a profile, with a person's `own` (`chat.jump` = `ctrl+g,f6`) above."""
    known = {id_of(key): ",".join(key.of(profile)) for key in KEYS if not key.is_editing}
    return {**known, **{name: keys for name, keys in own.items() if name in known}}


def shown_keys(keys: Iterable[str]) -> str:
    """Return keys as people write them: `Ctrl+K, Alt+J`."""
    return ", ".join(_shown_key(key) for key in keys)


def _shown_key(key: str) -> str:
    if key in _SHOWN:
        return _SHOWN[key]
    if len(key) == 1:
        return key
    return "+".join(
        part if len(part) == 1 and "+" not in key else part.capitalize() for part in key.split("+")
    )


def key_rows(profile: Profile, own: Mapping[str, str], place: Place) -> list[tuple[str, str]]:
    """Return what there is to know of a place: keys, and what they do. The numbers are one row."""
    chosen = keymap(profile, own)
    rows: list[tuple[str, str]] = []
    for key in KEYS:
        if key.place is not place or not key.words:
            continue
        keys = key.keys if key.is_editing else tuple(chosen[id_of(key)].split(","))
        rows.append((shown_keys(keys), key.words))
        if key.action == "next_active":
            rows.append(("Alt+1 … Alt+9", "a conversation by its number"))
    return rows
