"""People with a browser, for tests of the web client: real Chromium, watched while they use a real hub.

A visitor has a profile of their own. Whatever goes wrong in their browser is written down, and fails the
test at its end unless it was expected: errors on the console, exceptions nobody caught, violations of the
Content-Security-Policy, and every request to anywhere but the hub.
"""

import re
import shutil
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # root in a container has no other way
    "--disable-dev-shm-usage",  # a container's /dev/shm holds 64 MB
    "--disable-background-networking",
    "--disable-component-update",
    # It would keep a foreign page from the hub before the hub itself does: other browsers have no such thing.
    "--disable-features=LocalNetworkAccessChecks",
]
_VIOLATION = "lanmsg test: violation of the policy:"
_WATCH_POLICY = f"""
addEventListener("securitypolicyviolation", (event) =>
  console.error({_VIOLATION!r}, event.violatedDirective, event.blockedURI, event.sample));
"""


@dataclass(frozen=True)
class Screen:
    """What a browser runs on."""

    width: int
    height: int
    is_phone: bool = False


DESK = Screen(1280, 800)
TABLET = Screen(820, 1180, is_phone=True)
PHONE = Screen(390, 844, is_phone=True)
SMALL_PHONE = Screen(320, 568, is_phone=True)


def find_chromium() -> str | None:
    """Return the system's Chromium; None if it has none."""
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


@dataclass
class Watch:
    """What went wrong in one browser, in the order in which it did; and all that it asked for."""

    origin: str
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expected: list[re.Pattern[str]] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """From now on (and before), problems in which this is found are none."""
        self.expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        """The problems that fail the test."""
        return [
            problem for problem in self.problems if not any(each.search(problem) for each in self.expected)
        ]

    def check(self) -> None:
        """Fail if there was a problem that nobody expected."""
        assert self.unexpected == [], "\n".join(self.unexpected)

    # --- what Playwright tells ---------------------------------------------------------------

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(
                f"console {message.type}: {message.text} ({message.location.get('url', '')})"
            )

    def on_page_error(self, error: Exception) -> None:
        self.problems.append(f"uncaught: {error}\n{getattr(error, 'stack', '')}")

    def on_request(self, request: Request) -> None:
        self.requests.append(request.url)
        parts = urlsplit(request.url)
        is_ours = f"{parts.scheme}://{parts.netloc}" == self.origin
        if not is_ours and parts.scheme not in {"blob", "data"}:
            self.problems.append(f"a request that leaves the network: {request.url}")

    def on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.url}")


class Visitor:
    """One person's browser. `page` is the tab; `watch` says what went wrong so far."""

    def __init__(self, context: BrowserContext, watch: Watch) -> None:
        self.context = context
        self.watch = watch
        # The page asks whether it may be kept; Chromium trusts the certificate, or writes that it does not.
        watch.expect("An SSL certificate error occurred when fetching the script")
        context.add_init_script(_WATCH_POLICY)
        context.on("console", watch.on_console)
        context.on("request", watch.on_request)
        context.on("response", watch.on_response)
        context.on("weberror", lambda error: watch.on_page_error(error.error))
        self.page: Page = context.new_page()

    def open(self, path: str = "/") -> Page:
        """Open the hub's address, or another of its pages."""
        self.page.goto(self.watch.origin + path)
        return self.page

    def new_tab(self, path: str = "/") -> Page:
        """Open one more tab of the same person."""
        page = self.context.new_page()
        page.goto(self.watch.origin + path)
        return page

    def lose_network(self) -> None:
        """Cut this browser off; links that are open stay open for a while, as with a real cut."""
        self.context.set_offline(True)

    def find_network(self) -> None:
        """Undo `lose_network`."""
        self.context.set_offline(False)


class Visitors:
    """Makes visitors of one hub, and checks all of them at the end."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self._browser = browser
        self._origin = origin
        self._made: list[Visitor] = []

    def new(
        self,
        *,
        screen: Screen = DESK,
        is_dark: bool = False,
        locale: str = "en-GB",
        ignores_policy: bool = False,
    ) -> Visitor:
        """Return somebody with a fresh profile, who clicks through the warning about the certificate.

        `ignores_policy`: the browser forbids nothing, so the page alone must be good.
        """
        context = self._browser.new_context(
            ignore_https_errors=True,
            bypass_csp=ignores_policy,
            viewport={"width": screen.width, "height": screen.height},
            is_mobile=screen.is_phone,
            has_touch=screen.is_phone,
            color_scheme="dark" if is_dark else "light",
            locale=locale,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        self._made.append(Visitor(context, Watch(self._origin)))
        return self._made[-1]

    def close(self) -> None:
        """Close all browsers, then fail if one had a problem."""
        for visitor in self._made:
            visitor.context.close()
        for visitor in self._made:
            visitor.watch.check()
