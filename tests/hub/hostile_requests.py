"""Requests to `/ws` of which none may become a link: TESTPLAN F-12. `{host}` stands for the hub's `Host`."""

GOOD = {
    "Host": "{host}",
    "Origin": "https://{host}",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
LEFT_OUT = dict.fromkeys(GOOD, "")


def request(*lines, method="GET", path="/ws", version="1.1", without=(), end="\r\n", **headers):
    changed = {name: value for name, value in GOOD.items() if name not in without}
    changed |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = [
        f"{method} {path} HTTP/{version}",
        *(f"{name}: {value}" for name, value in changed.items()),
        *lines,
    ]
    return "\r\n".join(head) + "\r\n" + end


def changed(name, *values):
    return [request(without=[name], **{name.replace("-", "_"): value}) for value in values]


def doubled(name, value):
    return request(f"{name}: {value}")


FOREIGN_NAMES = [
    "evil.example",
    "evil.example:7777",
    "127.0.0.1.evil.example",
    "lanmsg.local.evil.example",
    "localhost.",
    "127.1",
    "0x7f.1",
    "2130706433",
    "[::1",
    "::1",
    "",
    " ",
    "127.0.0.1:99999999",
    "127.0.0.1@evil.example",
    "evil@127.0.0.1",
    "127.0.0.1/x",
    "127.0.0.1#x",
    "127.0.0.1?x",
    "127.0.0.1,evil.example",
    "evil.example, 127.0.0.1",
    "*",
    "null",
    "xn--e1awd7f.example",
    "a" * 300,
]
FOREIGN_PAGES = [
    "https://evil.example",
    "https://evil.example:7777",
    "http://{host}",
    "ws://{host}",
    "wss://{host}",
    "https://127.0.0.1",
    "https://127.0.0.1:1",
    "https://{host}/",
    "https://{host}.evil.example",
    "https://evil.example/{host}",
    "{host}",
    "https://u@{host}",
    "https://{host} https://evil.example",
    "null",
    "",
    "file://",
    "chrome-extension://{host}",
    "https://localhost",
    "https://127.0.0.2:7777",
    "https://[::1]:7777",
    "https:// {host}",
    "//{host}",
    "https:{host}",
    "https://{host}\tx",
]
NO_HANDSHAKES = [
    *changed("Upgrade", "", "h2c", "websocket2", "TLS/1.0", "websocket, h2c"),
    *changed("Connection", "", "close", "keep-alive", "upgradex", "Upgrade-Insecure"),
    *changed("Sec-WebSocket-Version", "", "0", "7", "8", "12", "14", "13, 8", "x", "0x0d"),
    *changed(
        "Sec-WebSocket-Key",
        "",
        "x",
        "dGhl",
        "====",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZSBsb25n",
        "*" * 24,
    ),
    *(request(without=[name]) for name in GOOD),
    doubled("Host", "{host}"),
    doubled("Host", "evil.example"),
    doubled("Origin", "https://{host}"),
    doubled("Origin", "https://evil.example"),
    doubled("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    doubled("Sec-WebSocket-Version", "8"),
    request(version="1.0"),
    request("Content-Length: 5", end="\r\nhello"),
    request("Transfer-Encoding: chunked", end="\r\n5\r\nhello\r\n0\r\n\r\n"),
]
METHODS = [
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "HEAD",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "G\x00T",
]
SMUGGLED = [
    request(
        "Content-Length: 5", "Transfer-Encoding: chunked", end="\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"
    ),
    request("Content-Length: 5", "Content-Length: 6", end="\r\nhello"),
    request("Content-Length: -1"),
    request("Content-Length: +5", end="\r\nhello"),
    request("Content-Length: 0x5", end="\r\nhello"),
    request("Content-Length: 99999999999999999999"),
    request("Transfer-Encoding: xchunked"),
    request("Transfer-Encoding: chunked, identity"),
    request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    request(" folded: header"),
    request("Bad Header: x"),
    request("Bad\x00Header: x"),
    request("X: a\x00b"),
    request("X: a\nOrigin: https://evil.example"),
    request(":empty"),
    request("X : space before the colon"),
]
TOO_MUCH = [
    request(f"X: {'a' * 1_000_000}"),
    request(*[f"X{number}: a" for number in range(1000)]),
    request(path="/ws?" + "a" * 100_000),
    request(Sec_WebSocket_Key="A" * 100_000),
    request(Origin="https://" + "a" * 100_000),
    "GET " + "/" * 100_000,
]
PATHS = [
    request(path=path)
    for path in (
        "/ws/",
        "//ws",
        "/WS",
        "/ws/../metrics",
        "/%77%73/",
        "/ws%00",
        "/./ws/.",
        "/ws\\",
        "http://evil.example/ws",
        "https://evil.example/ws",
        "*",
        "ws",
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/assets/../../x",
        "/ws;x",
    )
]
OTHER_VERSIONS = [request(version=version) for version in ("2.0", "0.9", "1.2", "9.9", "x")]
HOSTILE = [
    *changed("Host", *FOREIGN_NAMES),
    *changed("Origin", *FOREIGN_PAGES),
    *NO_HANDSHAKES,
    *(request(method=method) for method in METHODS),
    *SMUGGLED,
    *TOO_MUCH,
    *PATHS,
    *OTHER_VERSIONS,
]
