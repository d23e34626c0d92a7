"""A real browser under remote control: Chromium's DevTools protocol over a pipe, as a reader's mouse and keyboard."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from artgen_fast.evaluation import Evaluation
from artgen_fast.report import write_report

PATIENCE = 60
"""Seconds until an answer is given up."""

START = """
import fcntl, os, sys
to_read, to_write = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3])
os.dup2(to_read, 3)
os.dup2(to_write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The browser reads commands from descriptor 3 and writes to 4."""

KEYS = {
    "Enter": {"code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Escape": {"code": "Escape", "windowsVirtualKeyCode": 27},
    "Tab": {"code": "Tab", "windowsVirtualKeyCode": 9},
    "ArrowRight": {"code": "ArrowRight", "windowsVirtualKeyCode": 39},
    "+": {"code": "NumpadAdd", "windowsVirtualKeyCode": 107, "text": "+"},
    "0": {"code": "Digit0", "windowsVirtualKeyCode": 48, "text": "0"},
}


class Chromium:
    """One browser process; commands go in and answers and events come out as JSON that ends with a zero byte."""

    def __init__(self, program: str, folder: Path) -> None:
        self.folder = folder
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", START, str(to_read), str(to_write), program, "--headless", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", f"--user-data-dir={folder / 'profile'}",
             "--remote-debugging-pipe", "about:blank"],
            pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self._unread = b""
        self._number = 0
        self.listeners: dict[str, Callable[[str, dict[str, Any]], None]] = {}

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Run a command and wait for its answer; events that arrive meanwhile go to the tabs."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        os.write(self._to, json.dumps(command).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return dict(message["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            if not select.select([self._from], [], [], PATIENCE)[0]:
                raise TimeoutError(f"no answer from the browser for {PATIENCE} s")
            some = os.read(self._from, 1 << 16)
            if not some:
                raise RuntimeError("the browser has ended")
            self._unread += some
        text, self._unread = self._unread.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        listener = self.listeners.get(message.get("sessionId", ""))
        if "method" in message and listener is not None:
            listener(message["method"], message["params"])
        return message

    def close(self) -> None:
        """End the browser."""
        self.send("Browser.close")
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)


class Tab:
    """A page as a reader sees it.

    Attributes
    ----------
    console : list of str
        Messages, errors that nobody caught, and what the browser itself complained of.
    """

    def __init__(self, browser: Chromium, page: Path, *, width: int, dark: bool, media: str = "screen") -> None:
        self.browser, self.console = browser, list[str]()
        self._asked: dict[str, str] = {}
        self._loaded = False
        self.target = browser.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.send("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        browser.listeners[self._session] = self._hear
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme, still])
        self.send("Page.navigate", url=page.as_uri())
        self.until(lambda: self._loaded)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.send(method, self._session, **parameters)

    @property
    def requests(self) -> list[str]:
        """Addresses of everything that the page asked for and does not hold itself, less what its policy forbade."""
        return [address for address in self._asked.values() if not address.startswith(("data:", "blob:"))]

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, promises awaited."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def until(self, condition: Callable[[], Any] | str) -> Any:
        """Wait until a condition, or a JavaScript expression, is true; its value."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            value = self.evaluate(condition) if isinstance(condition, str) else condition()
            if value:
                return value
            self.evaluate("new Promise(resolve => setTimeout(resolve, 20))")
        raise TimeoutError(f"never true: {condition}")

    def middle(self, selector: str) -> tuple[float, float]:
        """Scroll to an element; where its middle then is on the screen."""
        x, y = self.evaluate(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center", behavior: "instant"}});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        return x, y

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, selector: str) -> None:
        x, y = self.middle(selector)
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, **KEYS[key])
        released = {name: value for name, value in KEYS[key].items() if name != "text"}
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, **released)

    def pdf(self, **settings: Any) -> bytes:
        return base64.b64decode(self.send("Page.printToPDF", preferCSSPageSize=True, **settings)["data"])

    def close(self) -> None:
        self.browser.listeners.pop(self._session, None)
        self.browser.send("Target.closeTarget", targetId=self.target)

    def _hear(self, method: str, event: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(each.get("value", each.get("description"))) for each in event["args"]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(event["exceptionDetails"]["text"])
        elif method == "Log.entryAdded":
            self.console.append(event["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self._asked[event["requestId"]] = event["request"]["url"]
        elif method == "Network.loadingFailed" and event.get("blockedReason") == "csp":
            del self._asked[event["requestId"]]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no Chromium on the PATH (Debian: apt-get install chromium)")
    running = Chromium(program, tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture(scope="session")
def report(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the evaluation with every verdict."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(evaluation, path, notes=["Simulated."])
    return path


@pytest.fixture(scope="session")
def report_without_holdout(without_holdout: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one set alone, on which leaks cannot be told."""
    path = tmp_path_factory.mktemp("alone") / "report.html"
    write_report(without_holdout, path)
    return path


@pytest.fixture
def open_tab(browser: Chromium) -> Iterator[Callable[..., Tab]]:
    """Open a page: ``open_tab(path, width=1200, dark=False, media="screen")``."""
    tabs: list[Tab] = []

    def opened(page: Path, *, width: int = 1200, dark: bool = False, media: str = "screen") -> Tab:
        tabs.append(Tab(browser, page, width=width, dark=dark, media=media))
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.close()
