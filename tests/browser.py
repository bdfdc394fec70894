"""Debian's Chromium, driven by Playwright, for the tests of pages. Where either is missing those tests are skipped, and
ctest counts and names them."""

import contextlib
import os
import pathlib
import sys

import pytest

CHROMIUM = pathlib.Path("/usr/bin/chromium")
PACKAGES = pathlib.Path(os.environ["SEMBLANCE_SOURCE"]) / "build" / "browser"

if not (PACKAGES / "playwright").is_dir():
    pytest.skip("no Playwright: scripts/fetch-browser build/browser", allow_module_level=True)
if not CHROMIUM.exists():
    pytest.skip("no Chromium", allow_module_level=True)
sys.path.insert(0, str(PACKAGES))
from playwright.sync_api import sync_playwright  # noqa: E402

AXE = (PACKAGES / "axe_playwright_python" / "axe.min.js").read_text(encoding="utf-8")
OPTIONS = {"executable_path": str(CHROMIUM),
           # Its sandbox needs rights that containers lack; what it opens here is ours.
           "args": ["--no-sandbox", "--disable-gpu"]}


@contextlib.contextmanager
def chromium():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**OPTIONS)
        yield started
        started.close()


class Opened:
    """A page with what it said and asked for."""

    def __init__(self, context, file):
        self.context = context
        self.page = context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.address = file.as_uri()
        self.page.goto(self.address)

    def strangers(self):
        """Requests for anything but the page and what it holds."""
        return [url[:100] for url in self.asked if url != self.address and not url.startswith(("data:image/jpeg;base64,", "blob:"))]

    def barriers(self):
        """What axe finds."""
        session = self.context.new_cdp_session(self.page)
        # By the debugger, since the page's own policy runs no stranger's script.
        session.send("Runtime.evaluate", {"expression": AXE})
        result = session.send("Runtime.evaluate", {"expression": "axe.run().then((r) => r.violations.map((v) => "
                              "v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')))",
                              "awaitPromise": True, "returnByValue": True})
        return result["result"]["value"]
