"""A headless Chromium that is driven by keys alone, over its DevTools protocol."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websocket import WebSocket, create_connection

NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 60.0
_KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, ""), " ": (32, " ")}
_SHIFT = 8
_FOCUSED = """(() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const box = it.getBoundingClientRect(), style = getComputedStyle(it);
  const within = (value, most) => Math.min(Math.max(value, 0), most - 1);
  const shown = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const top = document.elementFromPoint(within(box.left + 4, innerWidth), within(box.top + 4, innerHeight));
  return {
    tag: it.tagName.toLowerCase(), id: it.id, value: it.value, text: it.textContent.trim().slice(0, 50),
    open: Boolean(it.parentElement.open), checked: Boolean(it.checked),
    clear: shown && Boolean(top) && (it.contains(top) || top.contains(it)), ringed: style.outlineStyle === "solid",
  };
})()"""


class Browser:
    """One page of it. `asked` are the addresses that were requested, `said` the messages of its console."""

    def __init__(self, connection: WebSocket) -> None:
        """Take a page over."""
        self._connection = connection
        self._numbers = count(1)
        self.asked: list[str] = []
        self.said: list[str] = []
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._call(f"{domain}.enable")

    def look(self, width: int, *, dark: bool) -> None:
        """Have a window of a width, and a colour scheme."""
        narrow = width < 500
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=850, deviceScaleFactor=1, mobile=narrow)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, page: Path) -> None:
        """Show a page, whole."""
        self._call("Page.navigate", url=page.as_uri())
        deadline = time.monotonic() + _PATIENCE
        while self.script("document.readyState") != "complete" and time.monotonic() < deadline:
            time.sleep(0.1)

    def press(self, key: str, *, shift: bool = False) -> Any:
        """Press a key, and return what has the focus then: None where the page has not."""
        number, text = _KEYS.get(key, (0, key))
        event = {"key": key, "code": key if number else "", "windowsVirtualKeyCode": number}
        event["modifiers"] = _SHIFT if shift else 0
        self._call("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text else {}))
        self._call("Input.dispatchKeyEvent", type="keyUp", **event)
        return self.script(_FOCUSED)

    def script(self, text: str) -> Any:
        """Return what an expression is in the page."""
        return self._call("Runtime.evaluate", expression=text, returnByValue=True)["result"].get("value")

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            found = json.loads(self._connection.recv())
            if found.get("id") == number:
                return found["result"]
            self._note(found)

    def _note(self, event: Any) -> None:
        if event["method"] == "Network.requestWillBeSent":
            self.asked.append(event["params"]["request"]["url"])
        elif event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown"):
            self.said.append(json.dumps(event["params"]))


@contextmanager
def browser() -> Iterator[Browser]:
    """Run a Chromium with one page."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise SystemExit(f"no browser on PATH: expected one of {', '.join(NAMES)}")
    with tempfile.TemporaryDirectory(prefix="kmc-browser-", ignore_cleanup_errors=True) as profile:
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        command += ["--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen([*command, "--remote-allow-origins=*"], stderr=subprocess.DEVNULL)
        try:
            connection = create_connection(_page(Path(profile)), timeout=_PATIENCE)
            yield Browser(connection)
            connection.close()
        finally:
            process.terminate()
            process.wait()


def _page(profile: Path) -> str:
    """Wait for the browser, and return the address of its page."""
    file, deadline = profile / "DevToolsActivePort", time.monotonic() + _PATIENCE
    while not file.exists() or not file.read_text().strip():
        if time.monotonic() > deadline:
            raise SystemExit(f"the browser did not begin within {_PATIENCE:.0f} s")
        time.sleep(0.1)
    port = file.read_text().split()[0]
    while True:
        with urlopen(f"http://127.0.0.1:{port}/json") as answer:
            pages = [each for each in json.load(answer) if each["type"] == "page"]
        if pages:
            return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
