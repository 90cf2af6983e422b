"""What a process did to one directory, as strace saw it, in the words of simulated power cuts.

A file layer of our own, as the hub's tests have, is no way here: a store is encrypted below SQLite, and its
two connections share memory, which such a layer can't. So a real program runs, and its calls are read.
"""

import re
from pathlib import Path

from tests.hub.storage.power_cut import Acknowledged, Create, Delete, Sync, SyncDirectory, Truncate, Write

CALLS = "openat,write,pwrite64,ftruncate,fdatasync,fsync,unlink,rename"
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(.*)$")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


def command(log):
    """The prefix that runs a command under strace, which writes to a log what is done to files."""
    return ("strace", "-f", "-qq", "-xx", "-y", "-s", "1000000", "-e", f"trace={CALLS}", "-o", str(log))


class TracedDisk:
    """The operations of a log on the files of a directory, but for the shared memory, which no disk keeps.

    A line written to the file named `acks` is an acknowledgement.
    """

    def __init__(self, directory, *, acks):
        self.operations = []
        self._directory = str(directory)
        self._acks = str(acks)
        self._inodes = {}
        self._made = 0

    def read(self, log):
        for line in log.read_text().splitlines():
            if (found := _CALL.match(line)) and not found[3].startswith("-"):
                self._take(found[1], found[2], int(found[3]), found[4])
        return self.operations

    def _take(self, call, arguments, result, rest):
        if call == "openat":
            self._opened(_path_in(rest), is_new="O_CREAT" in arguments)
        elif call == "rename":
            assert not self._is_ours(_text(arguments)), "a store renames nothing"
        elif call == "unlink":
            self._deleted(_text(arguments))
        else:
            self._changed(call, _path_in(arguments), arguments, result)

    def _opened(self, path, *, is_new):
        if is_new and self._is_ours(path) and path not in self._inodes:
            self._made += 1
            self._inodes[path] = self._made
            self.operations.append(Create(Path(path).name, self._made))

    def _deleted(self, path):
        if self._is_ours(path) and self._inodes.pop(path, None):
            self.operations.append(Delete(Path(path).name, syncs_directory=False))

    def _changed(self, call, path, arguments, result):
        if path == self._acks:
            self.operations.append(Acknowledged(_text(arguments).strip()))
        elif call in {"fsync", "fdatasync"} and path == self._directory:
            self.operations.append(SyncDirectory())
        elif path in self._inodes:
            self.operations.append(_operation(call, self._inodes[path], arguments, result))

    def _is_ours(self, path):
        return path.startswith(self._directory + "/") and not path.endswith(("-shm", ".lock"))


def _operation(call, inode, arguments, result):
    if call in {"fsync", "fdatasync"}:
        return Sync(inode)
    last = int(arguments.rpartition(", ")[2], 0)
    if call == "ftruncate":
        return Truncate(inode, last)
    assert call == "pwrite64", "a store writes at places"
    return Write(inode, last, _bytes(arguments)[:result])


def _path_in(text):
    """The path that strace shows behind a file descriptor."""
    found = re.search(r"<((?:\\x[0-9a-f]{2}|[^<>\\])*)>", text)
    return _decode(found[1]).decode() if found else ""


def _bytes(arguments):
    found = _STRING.search(arguments)
    assert not found[2], "strace has cut it"
    return _decode(found[1])


def _text(arguments):
    return _bytes(arguments).decode()


def _decode(text):
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()
