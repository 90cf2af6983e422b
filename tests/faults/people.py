"""People who talk: some library clients in one process, for tests that kill it or the hub.

    python people.py '{"hub": …, "homes": {name: directory, …}, "everybody": n, "record": file, "seed": n,
                       "run": n, "pace_s": seconds, "to_all": share, "looks_far": false}'

Each person has some messages on the way at a time, and waits `pace_s` on average after one is there. `to_all`
of what they write is for everyone, the rest for one of them. Who has lost the hub looks for it on this
machine alone, unless `looks_far`.

Says `ready` when everybody knows everybody. Then takes commands, a line each, and answers each with its
word: `talk` (write all the time), `flood N` (write N messages at once), `quiet` (write nothing more, wait
until all of theirs has its place, and say where the conversations end), `know {place: N, …}` (wait for N
messages there), `report` (write every history down), `stop`. What happens goes to the record, a JSON object
a line, at once: it outlives the process.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
import threading
import time
from functools import partial
from pathlib import Path

from lanmsg.client import EVERYONE, Alarm, Client, ClientSettings, ConversationKind, MessageAdded, Stopped
from lanmsg.client.errors import HubNotFound
from lanmsg.net import discovery
from lanmsg.wire.errors import LinkLost

LOOPS_EACH = 4
"""Messages each person has on the way at a time."""
FLOOD_TOGETHER = 100
NOBODYS_MESSAGE = bytes(16)
NOTHING_LOST = 1_000_000
OPEN_TRIES = 60


class Record:
    """Appends to a file that other processes may append to as well."""

    def __init__(self, path):
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, did, who, **what):
        line = json.dumps({"did": did, "who": who, "t": time.monotonic_ns(), **what}) + "\n"
        os.write(self._file, line.encode())


class Person:
    """One client, and what it does."""

    def __init__(self, client, record, *, run, seed, pace_s, to_all):
        self.client = client
        self.name = client.handle
        self._record = partial(record.write, who=self.name)
        self._run = run
        self._pace_s = pace_s
        self._to_all = to_all
        self._random = random.Random(seed)
        self.is_talking = asyncio.Event()
        self.is_quiet = False

    def place(self, conversation):
        """The same name of a conversation for all who are in it."""
        if conversation.kind is ConversationKind.EVERYONE:
            return "#"
        peer = self.client.conversation_name(conversation).removeprefix("@")
        return "|".join(sorted({self.name, peer}))

    async def follow(self, events):
        async for event in events:
            match event:
                case MessageAdded(message=message):
                    self._record("read", place=self.place(message.conversation), seq=message.seq)
                case Alarm() | Stopped():
                    self._record("alarm", text=str(event))

    async def talk(self, loop_number):
        await self.is_talking.wait()
        number = 0
        while not self.is_quiet:
            number += 1
            await self._send(f"{self.name}/{self._run}.{loop_number}/{number}")
            await asyncio.sleep(self._pace_s * self._random.random() * 2)

    async def flood(self, messages):
        """Write to everyone as fast as it goes."""
        for start in range(0, messages, FLOOD_TOGETHER):
            texts = [f"{self.name}/flood/{start + n}" for n in range(FLOOD_TOGETHER)]
            for text in texts:
                self._record("invoke", text=text, place="#")
            await asyncio.gather(*(self.client.send(EVERYONE, text) for text in texts))
            await eventually(lambda: self.client.waiting < FLOOD_TOGETHER)
        await eventually(lambda: not self.client.waiting)

    async def _send(self, text):
        conversation = self._someone()
        self._record("invoke", text=text, place=self.place(conversation))
        message = await self.client.send(conversation, text + " " + "x" * self._random.randrange(300))
        self._record("queued", text=text)
        final = await self.client.wait_sent(message.id)
        self._record("ok", text=text, state=final.state)

    def _someone(self):
        others = [person.handle for person in self.client.people() if not person.is_me]
        if not others or self._random.random() < self._to_all:
            return EVERYONE
        return self.client.conversation(f"@{self._random.choice(others)}")

    def _places(self):
        people = [person.handle for person in self.client.people()]
        conversations = [EVERYONE, *(self.client.conversation(f"@{handle}") for handle in people)]
        return {self.place(conversation): conversation for conversation in conversations}

    @property
    def is_settled(self):
        """Whether all of ours has its place: a message counts as sent before its entry has come back."""
        return self.client.is_online and not self.client.waiting and None not in self._ends().values()

    def _ends(self):
        """How many messages of each conversation we have; None while one of ours has no place yet."""
        newest = {
            place: self.client.history(conversation, limit=1)
            for place, conversation in self._places().items()
        }
        return {place: messages[-1].seq or None if messages else 0 for place, messages in newest.items()}

    def tell_ends(self):
        self._record("ends", ends=self._ends())

    def knows(self, ends):
        """Whether we have so many messages of each conversation that we are in."""
        return all((ours or 0) >= ends.get(place, 0) for place, ours in self._ends().items())

    def report(self):
        for place, conversation in self._places().items():
            messages = [
                [each.seq, each.id.hex(), each.sender, each.text.split(" ")[0], each.state, each.reason]
                for each in self.client.history(conversation, limit=NOTHING_LOST)
            ]
            self._record("history", place=place, messages=messages)


async def open_client(stack, settings):
    """Open a client; the hub may be down while it tries."""
    for _ in range(OPEN_TRIES):
        client = Client(settings)
        events = client.events()
        try:
            return await stack.enter_async_context(client), events
        except (HubNotFound, LinkLost):
            await asyncio.sleep(0.1)
    raise TimeoutError("the hub did not come back")


async def commands():
    """Lines of standard input; a thread reads them, as a pipe can't be awaited on every system."""
    lines = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read():
        with contextlib.suppress(RuntimeError):
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line.strip())
            loop.call_soon_threadsafe(lines.put_nowait, "stop")

    threading.Thread(target=read, daemon=True).start()
    while (command := await lines.get()) != "stop":
        yield command


def answer(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def eventually(is_so):
    while not is_so():  # noqa: ASYNC110 - what it looks at has no event; whoever started us has the limit
        await asyncio.sleep(0.01)


async def run(config):
    if not config["looks_far"]:
        discovery.find_hubs = partial(discovery.find_hubs, reach=discovery.Reach.THIS_MACHINE)
    record = Record(config["record"])
    run_number = config.get("run", 0)
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        people = []
        for name, home in config["homes"].items():
            settings = ClientSettings(home=Path(home), hub=config["hub"], name=name)
            client, events = await open_client(stack, settings)
            seed = f"{config['seed']} {name} {run_number}"
            manner = {key: config[key] for key in ("pace_s", "to_all")}
            people.append(Person(client, record, run=run_number, seed=seed, **manner))
            tasks.create_task(people[-1].follow(events))
        await eventually(lambda: all(len(each.client.people()) >= config["everybody"] for each in people))
        answer("ready")
        talks = [tasks.create_task(each.talk(n)) for each in people for n in range(LOOPS_EACH)]
        async for command in commands():
            await obey(command, people, talks)
            answer(command)
        for task in talks:
            task.cancel()
        await stack.aclose()  # ends the events, so that nobody follows them any more


async def obey(command, people, talks):
    match command:
        case "talk":
            for person in people:
                person.is_talking.set()
        case "quiet":
            for person in people:
                person.is_quiet = True
                person.is_talking.set()
            await asyncio.wait(talks)
            await eventually(lambda: all(each.is_settled for each in people))
            for person in people:
                person.tell_ends()
        case "report":
            for person in people:
                person.report()
        case command if command.startswith("flood "):
            await asyncio.gather(*(each.flood(int(command.split()[1])) for each in people))
        case command if command.startswith("know "):
            ends = json.loads(command.removeprefix("know "))
            await eventually(lambda: all(each.knows(ends) for each in people))


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
