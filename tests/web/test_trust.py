"""What the hub's own authority changes in a browser (docs/web-client.md), with NSS as on Linux."""

import contextlib
import os
import shutil
import subprocess

import pytest
from playwright.sync_api import Error

from lanmsg.hub.web_client_files import load_bundle
from tests.web.visitors import CHROMIUM_ARGUMENTS

certutil = shutil.which("certutil")
pytestmark = pytest.mark.skipif(certutil is None, reason="needs certutil (Debian: libnss3-tools)")

WHAT_IS_ALLOWED = """async () => {
  const policy = trustedTypes.createPolicy("lanmsg-worker", { createScriptURL: (url) => url });
  // A file that is there: it makes no worker, but it is fetched, which is what differs.
  const script = policy.createScriptURL(document.scripts[0].src);
  const worker = await navigator.serviceWorker.register(script, { type: "module" })
    .then(() => "registered", (error) => String(error));
  return { isSecure: isSecureContext, worker };
}"""


@pytest.fixture
def person(driver, chromium, tmp_path):
    """Make a browser of somebody whose system trusts these authorities."""
    home = tmp_path / "home"
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    with contextlib.ExitStack() as stack:

        def make(*authorities):
            run_certutil(database, "-N", "--empty-password")
            for number, authority in enumerate(authorities):
                run_certutil(database, "-A", "-t", "C,,", "-n", f"lanmsg-{number}", "-i", str(authority))
            context = driver.chromium.launch_persistent_context(
                tmp_path / "profile",
                executable_path=chromium,
                args=CHROMIUM_ARGUMENTS,
                env={**os.environ, "HOME": str(home)},
            )
            stack.callback(context.close)
            return context.new_page()

        yield make


def run_certutil(database, *arguments):
    subprocess.run([certutil, "-d", f"sql:{database}", *arguments], check=True, capture_output=True)


def authority_of(hub, folder):
    """Save the authority as somebody does who downloads it."""
    pem = (folder / "hub" / "authority.pem").read_text()
    path = folder / "lanmsg-authority.crt"
    path.write_text(pem[pem.index("-----BEGIN CERT") :])
    return path


def test_without_it_the_browser_warns_and_has_no_service_worker(person, hub):
    page = person()
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(hub.origin)
    while page.locator("#app").count() == 0:
        page.keyboard.type("thisisunsafe")  # the way past Chromium's warning, once it is drawn
        page.wait_for_timeout(500)
    allowed = page.evaluate(WHAT_IS_ALLOWED)
    assert allowed["isSecure"]
    assert allowed["worker"].startswith("SecurityError")


def test_with_it_the_browser_does_not_warn_and_takes_service_workers(person, hub, tmp_path):
    page = person(authority_of(hub, tmp_path))
    page.goto(hub.origin)
    allowed = page.evaluate(WHAT_IS_ALLOWED)
    assert allowed["isSecure"]
    assert allowed["worker"] == "registered" or "evaluation failed" in allowed["worker"]


def test_with_it_a_second_visit_takes_the_client_from_the_cache(person, hub, tmp_path):
    """Without it Chromium keeps nothing on the disk that came under a certificate error."""
    page = person(authority_of(hub, tmp_path))
    first, second = (loaded_by_a_visit(page, hub) for _ in range(2))
    again = {name: size for name, size in second.items() if name in first}
    assert again
    assert set(again.values()) == {0}, again


def loaded_by_a_visit(page, hub):
    """Return how much of each file of the client came from the hub; what is asked for late may be missing."""
    page.goto(hub.origin)
    page.wait_for_selector("form input")
    page.wait_for_load_state("networkidle")
    loaded = page.evaluate("performance.getEntriesByType('resource').map((e) => [e.name, e.transferSize])")
    return {name: size for name, size in loaded if "/assets/" in name}


IS_KEPT = """async () => {
  const keys = await caches.keys();
  const kept = await Promise.all(keys.map(async (key) => (await caches.open(key)).match("/bundle.json")));
  return kept.some((listing) => listing !== undefined);
}"""


def join(page, hub):
    page.goto(hub.origin)
    page.locator("form input").first.fill("ann")
    page.keyboard.press("Enter")
    page.wait_for_selector("textarea")


def test_with_it_the_page_opens_without_the_hub_and_has_what_was_said(person, hub, tmp_path):
    page = person(authority_of(hub, tmp_path))
    page.set_default_timeout(60_000)
    join(page, hub)
    page.locator("textarea").fill("soup?")
    page.keyboard.press("Enter")
    page.wait_for_selector("article [aria-label^=Sent]")
    while not page.evaluate(IS_KEPT):
        page.wait_for_timeout(200)
    hub.stop()
    page.goto("about:blank")
    page.goto(hub.origin)
    page.wait_for_selector("article >> text=soup?")
    listing = page.evaluate("fetch('/bundle.json').then((answer) => answer.json())")
    assert listing["bundle"] == load_bundle().bundle
    page.locator("textarea").fill("and bread")
    page.keyboard.press("Enter")
    page.wait_for_selector("article >> text=and bread")
    hub.start()
    page.wait_for_selector("article:has-text('bread') [aria-label^=Sent]")


def test_without_it_nothing_is_registered_and_nothing_kept(visitors):
    page = visitors.new().open()
    page.locator("form input").first.press("Enter")
    page.wait_for_selector("textarea")
    page.wait_for_timeout(4000)
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert page.evaluate("caches.keys()") == []


def test_attack_another_hubs_authority_is_of_no_use(person, hub, tmp_path):
    from tests.web.web_hub import WebHub

    other = WebHub(tmp_path / "other" / "hub").start()
    try:
        page = person(authority_of(other, tmp_path / "other"))
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            page.goto(hub.origin)
    finally:
        other.end()
