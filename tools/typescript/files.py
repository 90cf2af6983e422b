"""All files that are made, by name."""

from tools.typescript.commands import list_files
from tools.typescript.constants import constant_files
from tools.typescript.names import name_files
from tools.typescript.rules import rule_files
from tools.typescript.structs import struct_files
from tools.typescript.unicode import unicode_files
from tools.typescript.words import word_files


def all_files() -> dict[str, str]:
    """Return the text of each file in web/src/wire/generated/."""
    makers = (constant_files, struct_files, unicode_files, name_files, word_files, rule_files, list_files)
    return {name: text for make in makers for name, text in make().items()}
