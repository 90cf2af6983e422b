"""Clients at rest count answers to their heartbeats, whatever else comes and in whatever pieces."""

import pytest
from bench.connections import BUFFER
from bench.idle_connections import RestingConnection

PING, PONG = b"PING\r\n", b"PONG\r\n"


class AnsweringServer:
    """The transport of a client whose server answers every heartbeat at once."""

    def __init__(self, client: RestingConnection, pong: bytes) -> None:
        self.client = client
        self.pong = pong

    def write(self, data: bytes) -> None:
        receive(self.client, self.pong)


def receive(client: RestingConnection, data: bytes) -> None:
    BUFFER[: len(data)] = data
    client.buffer_updated(len(data))


async def resting(pong: bytes = PONG) -> RestingConnection:
    client = RestingConnection(PING)
    client.transport = AnsweringServer(client, pong)
    await client.rest(pong)
    return client


async def test_the_heartbeat_before_the_rest_does_not_count():
    client = await resting()
    assert client.pongs == 0
    client.ping()
    assert client.pongs == 1


async def test_a_heartbeat_of_the_server_is_no_answer():
    client = await resting()
    receive(client, PING)
    client.ping()
    receive(client, PING + PONG + PING)
    assert client.pongs == 2


@pytest.mark.parametrize("pong", [PONG, b"\xd0\x00", bytes(4)])
async def test_answers_in_pieces_count_once(pong):
    client = await resting(pong)
    for place in range(len(3 * pong)):
        receive(client, (3 * pong)[place : place + 1])
    assert client.pongs == 3
