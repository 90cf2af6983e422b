"""The settings the hub runs by now, and how they change: stored first, then in force."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lanmsg.hub.config import HubConfig
from lanmsg.hub.jobs import Job, Outcome, SettingsJob
from lanmsg.hub.settings import HubSettings, load_settings, write_settings
from lanmsg.hub.storage.interface import Storage
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Notice, RatesChanged

if TYPE_CHECKING:
    from lanmsg.hub.hub import Hub


class SettingsBook:
    """Owns the settings. Changes are made one after the other, each from what is `wanted` then.

    `put` queues a job for the disk; `apply` is called with the settings before and after each change.
    """

    def __init__(
        self,
        settings: HubSettings,
        *,
        put: Callable[[Job, Callable[[Outcome], None]], None],
        apply: Callable[[HubSettings, HubSettings], None],
    ) -> None:
        self._put = put
        self._apply = apply
        self.current = settings
        """What is on disk, and in force."""
        self.wanted = settings
        """The same with the changes that are on their way to the disk."""

    def change(self, settings: HubSettings, done: Callable[[], None]) -> None:
        """Run by these from their commit on; then `done` is called."""
        self.wanted = settings
        self._put(SettingsJob(settings), partial(self._stored, settings, done))

    def _stored(self, settings: HubSettings, done: Callable[[], None], _: Outcome) -> None:
        before, self.current = self.current, settings
        self._apply(before, settings)
        done()


def settings_at_start(storage: Storage, config: HubConfig) -> HubSettings:
    """Return what is stored, but what the command line says goes before and is stored.

    Raises:
        StorageFailed: they can't be read or written.
    """
    stored = load_settings(storage)
    given = {
        "invite_only": config.invite_only,
        "messages_per_second": config.messages_per_second,
        "messages_burst": config.messages_burst,
        "keep_days": config.keep_days,
        "keep_bytes": config.keep_bytes,
    }
    settings = replace(stored, **{name: value for name, value in given.items() if value is not None})
    settings = replace(settings, admins=tuple(dict.fromkeys((*stored.admins, *config.admins))))
    if settings != stored:
        with storage.transaction():
            write_settings(storage, settings)
    return settings


def apply_settings(hub: "Hub", before: HubSettings, after: HubSettings) -> None:
    """Let a change be felt by everybody who is connected."""
    rates = after.messages_per_second, after.messages_burst
    if rates != (before.messages_per_second, before.messages_burst):
        hub.pace.set_message_rate(*rates)
        hub.tell_everybody(RatesChanged(*rates))
    if after.notice != before.notice:
        hub.tell_everybody(Notice(after.notice))
    hub.retention.settings_changed()
    for handle in after.banned - before.banned:
        _close_all(hub, handle)


def _close_all(hub: "Hub", handle: str) -> None:
    person = hub.published.directory.named(handle)
    for device in person.devices if person is not None else ():
        session = hub.session_of(device)
        if session is not None:
            hub.close_session(session, Code.BANNED, BANNED_TEXT, retry_after_ms=-1)


BANNED_TEXT = "you are banned from this hub by one of its admins; only an admin can lift that"
