import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.net.plain_http import redirect_for


def location(request):
    answer = redirect_for(request, port=7777)
    return answer and answer.split(b"Location: ")[1].split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("request_bytes", "target"),
    [
        (b"GET / HTTP/1.1\r\nHost: 10.0.0.5:7777\r\n\r\n", b"https://10.0.0.5:7777/"),
        (b"GET /a?b=c HTTP/1.1\r\nAccept: */*\r\nhOsT:hub.local:80\r\n\r\n", b"https://hub.local:80/a?b=c"),
        (b"HEAD / HTTP/1.0\r\nHost: [fe80::1]\r\n\r\n", b"https://[fe80::1]:7777/"),
    ],
)
def test_a_browser_is_sent_to_the_same_place_with_https(request_bytes, target):
    assert location(request_bytes) == target


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example/path\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET /\r\nSet-Cookie: x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: unfinished",
    ],
)
def test_anything_else_is_not_answered(request_bytes):
    assert redirect_for(request_bytes, port=7777) is None


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_no_request_can_add_lines_to_the_answer(path, host):
    answer = redirect_for(b"GET /" + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", port=7777)
    assert answer is None or answer.count(b"\r\n") == 5
