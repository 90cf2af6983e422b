"""The chat with the panels in front of it: what opens which."""

from datetime import date

from lanmsg.chat.days import asked_day, first_of_day, local_today
from lanmsg.client.model import Conversation, ConversationKind
from lanmsg.tui.app_of import app_of
from lanmsg.tui.bar import Bar
from lanmsg.tui.chat_view import CHOOSING, ChatView
from lanmsg.wire.typed_line import Command


class ChatPanels(ChatView):
    """Opens panels. They are imported when they are opened: the start has no need of them."""

    def on_mount(self) -> None:
        """Let the commands that have a panel open it. Textual calls the handler of `ChatView` itself."""
        self.runner.commands["rooms"] = self._rooms
        self.runner.commands["date"] = self._date
        if self.talk.programs is not None:
            self.runner.commands["doctor"] = self._doctor
            self._export_line = self.runner.commands["export"]
            self.runner.commands["export"] = self._export

    async def _rooms(self, _: Command) -> None:
        self.action_rooms()

    async def _date(self, command: Command) -> None:
        self.go_to_day(asked_day(command.raw_arguments, today=local_today()))

    async def _doctor(self, _: Command) -> None:
        self.action_doctor()

    async def _export(self, command: Command) -> None:
        if command.arguments:
            await self._export_line(command)
        else:
            self.action_export()

    def go_to_day(self, day: date) -> None:
        """Show the first message of a day, or the first one after it."""
        first = first_of_day(self.client, self.talk.current, day)
        if first is None:
            self.talk.show(f"Nothing was said here since {day}.")
        else:
            self.messages.show_seq(first.seq)

    def go(self, conversation: Conversation | None) -> None:
        """Show a conversation, and let one write there; None: stay."""
        if conversation is not None:
            self.go_to(conversation)
            self.composer.focus()

    def write_to(self, handle: str) -> None:
        """Show the conversation with somebody."""
        self.go(self.client.conversation(f"@{handle}"))

    async def on_bar_clicked(self, event: Bar.Clicked) -> None:
        """Open what the line is about, or do what its words say."""
        match event.bar.id:
            case "target" if self.messages.has_focus and event.words in CHOOSING:
                await app_of(self).run_action(CHOOSING[event.words], default_namespace=self.messages)
            case "heading":
                self.action_about()
            case "status":
                self.action_menu()
            case _:
                pass

    # --- panels ------------------------------------------------------------------------------

    def action_menu(self) -> None:
        """Show what else there is."""
        from lanmsg.tui.screens.menu import Menu

        app_of(self).push_screen(Menu(self))

    def action_about(self) -> None:
        """Show what is known of this conversation: a person, a room, or everybody."""
        conversation = self.talk.current
        match conversation.kind:
            case ConversationKind.DIRECT:
                self.about_person(self.client.conversation_name(conversation).removeprefix("@"))
            case ConversationKind.ROOM | ConversationKind.GROUP:
                self._about_room(conversation)
            case _:
                self.action_join_code()

    def about_person(self, handle: str) -> None:
        """Show what is known of somebody."""
        from lanmsg.tui.screens.person import PersonPanel

        app_of(self).push_screen(PersonPanel(self.client, handle, self.write_to))

    def _about_room(self, conversation: Conversation) -> None:
        from lanmsg.tui.screens.room import RoomPanel

        app_of(self).push_screen(RoomPanel(self.client, conversation, self.write_to))

    def action_rooms(self) -> None:
        """Show the rooms."""
        from lanmsg.tui.screens.rooms import Rooms

        app_of(self).push_screen(Rooms(self.client, self.go))

    def action_devices(self) -> None:
        """Show our devices."""
        from lanmsg.tui.screens.devices import Devices

        app_of(self).push_screen(Devices(self.client))

    def action_verifying(self) -> None:
        """Show the verifications that are under way."""
        from lanmsg.tui.screens.verifying import Verifying

        app_of(self).push_screen(Verifying(self.client))

    def action_export(self) -> None:
        """Write a conversation to a file."""
        from lanmsg.tui.screens.export import Export

        if self.talk.programs is not None:
            app_of(self).push_screen(Export(self.client, self.talk.current, self.talk.programs))

    def action_doctor(self) -> None:
        """Look for what is wrong."""
        from lanmsg.tui.screens.doctor import Doctor

        if self.talk.programs is not None:
            app_of(self).push_screen(Doctor(self.client, self.talk.programs))

    def action_join_code(self) -> None:
        """Show how others join."""
        app_of(self).show_qr(self.client.join_link())

    def action_invite(self) -> None:
        """Make a link that lets one person in, and show it."""
        from lanmsg.tui.screens.join_code import InviteCode

        async def invite() -> None:
            app_of(self).push_screen(InviteCode(self.client, await self.client.create_invite()))

        self.do(invite)
