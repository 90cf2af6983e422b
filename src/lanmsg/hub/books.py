"""The log writer's part that keeps the small books: keys, invites, cursors, settings. None has an order."""

from lanmsg.hub.jobs import (
    BookkeepingJob,
    ClaimDone,
    ClaimJob,
    CountJob,
    DiskUseDone,
    DiskUseJob,
    Done,
    InviteJob,
    MessagesCounted,
    PublishJob,
    SettingsJob,
    StockDone,
)
from lanmsg.hub.settings import write_settings
from lanmsg.hub.storage.interface import Storage
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frame_parts import ClaimedKey
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.limits import MAX_ONE_TIME_KEYS, MAX_OPEN_INVITES


class Books:
    """Does the jobs that add nothing to a log. Each is called inside a transaction."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def claim(self, job: ClaimJob) -> ClaimDone:
        """Take a key of each device."""
        keys = [self._claimed(device) for device in job.frame.devices]
        return ClaimDone(keys, {key.device: self._storage.stock(key.device) for key in keys})

    def _claimed(self, device: DeviceId) -> ClaimedKey:
        taken = self._storage.take_key(device)
        return ClaimedKey(device) if taken is None else ClaimedKey(device, *taken)

    def publish(self, job: PublishJob) -> StockDone:
        """Add to a device's stock of keys."""
        if job.frame.fallback_key is not None:
            self._storage.set_fallback_key(job.device, job.frame.fallback_key)
        keys = job.frame.one_time_keys
        return StockDone(self._storage.add_one_time_keys(job.device, keys, at_most=MAX_ONE_TIME_KEYS))

    def invite(self, job: InviteJob) -> Done:
        """Add an invite. Raises Refusal (FULL)."""
        if self._storage.open_invites(job.now_ms) >= MAX_OPEN_INVITES:
            raise Refusal(
                Code.FULL, f"{MAX_OPEN_INVITES} invites are open: wait until some are used or expire"
            )
        self._storage.add_invite(job.frame.secret_hash, job.frame.expires_at_ms)
        return Done()

    def keep(self, job: BookkeepingJob) -> Done:
        """Store cursors and last-seen times, and forget what inboxes held."""
        self._storage.set_cursors(job.cursors)
        for log, up_to in job.prune.items():
            self._storage.prune(log, up_to)
        self._storage.set_last_seen(job.last_seen_ms)
        return Done()

    def count(self, job: CountJob) -> MessagesCounted:
        """Count the messages of some people."""
        counter = self._storage.counter
        return MessagesCounted([sum(counter(log, device) for log, device in each) for each in job.written])

    def disk_use(self, _job: DiskUseJob) -> DiskUseDone:
        """Look up what takes how much room."""
        return DiskUseDone(self._storage.disk_use(), self._storage.log_sizes())

    def set_settings(self, job: SettingsJob) -> Done:
        """Store how the hub is run."""
        write_settings(self._storage, job.settings)
        return Done()
