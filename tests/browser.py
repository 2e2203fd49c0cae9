"""Debian's Chromium, headless and without a network, for tests of pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")
PHONE, DESKTOP = 360, 1280  # widths in CSS pixels


def missing() -> str:
    """Why pages cannot be tested here, or an empty string."""
    try:
        import axe_playwright_python  # noqa: F401
        import playwright  # noqa: F401
    except ImportError as error:
        return f"{error.name} is not installed"
    return "" if CHROMIUM else "chromium is not installed (Debian: apt-get install chromium)"


@dataclass
class Visit:
    """An open page with what it asked for and complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def browser() -> Iterator[Any]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def visit(chromium: Any, file: Path, *, width: int = DESKTOP) -> Iterator[Visit]:
    """A file opened by its `file://` address; all else that it asks for is refused and written down."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, is_mobile=width < 600, offline=True)
    page = context.new_page()
    seen = Visit(page)
    address = file.resolve().as_uri()
    page.on("request", lambda request: _note(seen, request.url, address))
    page.on("console", lambda line: seen.complaints.append(line.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    try:
        page.goto(address, wait_until="load")
        yield seen
    finally:
        context.close()


def _note(seen: Visit, url: str, own: str) -> None:
    if not url.startswith("data:") and url.split("#")[0] != own:
        seen.requests.append(url)


def violations(page: Any) -> list[str]:
    """What axe-core finds: rule and first place."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{entry['id']}: {entry['nodes'][0]['html']}" for entry in found]
