"""The colours: quiet, one accent. Dark, light, and one of the terminal's own 16 colours."""

import os
from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="lanmsg-dark",
    primary="#7fb4ca",
    secondary="#7fb4ca",
    accent="#7fb4ca",
    foreground="#d5d8de",
    background="#14161a",
    surface="#191c21",
    panel="#22262d",
    success="#8fb573",
    warning="#d9a35f",
    error="#e27b84",
    dark=True,
    variables={"muted": "#7c8391", "chosen": "#26303a", "code-background": "#1e2229", "rule": "#343a44"},
)
LIGHT: Final = Theme(
    name="lanmsg-light",
    primary="#22688a",
    secondary="#22688a",
    accent="#22688a",
    foreground="#2a2d33",
    background="#fcfbf8",
    surface="#f5f3ee",
    panel="#ebe8e1",
    success="#3f7130",
    warning="#985a10",
    error="#b0303b",
    dark=False,
    variables={"muted": "#6f6c66", "chosen": "#dfe9ee", "code-background": "#f1eee7", "rule": "#d3cfc6"},
)
TERMINAL: Final = Theme(
    name="lanmsg-terminal",
    primary="ansi_cyan",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    boost="ansi_default",
    ansi=True,
    variables={
        "muted": "ansi_bright_black",
        "chosen": "ansi_blue",
        "code-background": "ansi_default",
        "rule": "ansi_bright_black",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
    },
)
THEMES: Final = {"dark": DARK, "light": LIGHT, "terminal": TERMINAL}
"""By the word that a person chooses them with."""


def fitting_theme(environment: Mapping[str, str] = os.environ) -> str:
    """Return the word for the theme that fits this terminal: few colours need its own, else dark or light.

    `COLORFGBG`, which some terminals set, tells a light background.
    """
    term = environment.get("TERM", "")
    is_rich = "256" in term or "direct" in term or bool(environment.get("COLORTERM")) or os.name == "nt"
    if not is_rich and not term.startswith(("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm")):
        return "terminal"
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in {"7", "15"} else "dark"
