"""What happens when the disk fails between a commit and what follows it."""

from lanmsg.client.committer import Committer
from lanmsg.client.effects import Effects
from lanmsg.client.store.interface import StoreFailed


class LateDisk:
    """An executor whose commits end when the test says so."""

    def __init__(self):
        self.submitted = []

    def submit(self, changes, done, failed):
        self.submitted.append((done, failed))

    async def drain(self):
        """Nothing runs by itself."""

    def close(self):
        """There is no thread."""


def read_a_broken_store():
    raise StoreFailed("the disk is full")


async def test_what_reads_a_store_that_has_failed_meanwhile_says_so_and_raises_nothing():
    disk, told = LateDisk(), []
    committer = Committer(disk, emit=told.append, failed=told.append)
    effects = Effects()
    effects.save("a change")
    effects.then(read_a_broken_store)
    committer.carry_out(effects.take(), None)
    done, _ = disk.submitted[0]
    done()
    assert [str(each) for each in told] == ["the disk is full"]
    await committer.drain()
