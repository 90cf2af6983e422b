"""What of a window is drawn anew."""

from dataclasses import replace

from tests.cli.fakes import message

from lanmsg.tui.message_layout import MessageLayout
from lanmsg.tui.message_view import MessageDrawing
from lanmsg.tui.styled import Look


class Window:
    def __init__(self, *messages):
        self.messages = list(messages)
        self.layout = MessageLayout()
        self.drawing = MessageDrawing(look=Look({}), columns=80, is_dark=True, find=self.find)

    def find(self, message_id):
        return next((each for each in self.messages if each.id == message_id), None)

    @property
    def text(self):
        self.layout.arrange(self.messages, [], self.drawing, is_roomy=False)
        return "\n".join(strip.text for block in self.layout.blocks for strip in block.strips)

    def strips(self, number):
        self.layout.arrange(self.messages, [], self.drawing, is_roomy=False)
        return self.layout.blocks[number].strips


def test_what_answers_a_message_is_drawn_anew_with_it():
    soup = message("soup?", seq=1)
    window = Window(soup, message("yes", seq=2, reply_to=soup.id))
    assert "↩ bob “soup?”" in window.text
    window.messages[0] = replace(soup, text="cake?", edited_at_ms=1)
    window.layout.forget(soup.id)
    assert "↩ bob “cake?”" in window.text
    assert "soup" not in window.text


def test_what_did_not_change_is_kept():
    window = Window(message("one", seq=1), message("two", seq=2))
    before = window.strips(1)
    window.messages.append(message("three", seq=3))
    window.layout.forget(window.messages[-1].id)
    assert window.strips(1) is before
