"""A browser without a window, the built site served to it, and what it says of a page."""

import functools
import http.server
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PHONE = 390  # pixels wide
DESKTOP = 1280


def missing() -> str | None:
    """Why the tests in a browser cannot run here."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return "one browser serves all of them: pytest tests/site/test_browser.py, without -n"
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed"
    return None


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Browser:
    """One page at a time. `run` runs JavaScript that may await and must return."""

    def __init__(self, driver: Any, home: str) -> None:
        self.driver = driver
        self.home = home

    def size(self, width: int, height: int = 900) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, page: str) -> None:
        self.driver.get("about:blank")  # so that another hash is another visit
        self.driver.get(self.home + page)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(
            f"return (async function () {{ {script} }}).apply(null, arguments)", *arguments
        )

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def keys(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def paste(self, text: str) -> None:
        """Into the field that has the focus, at once: a search that sees half an id warns of it."""
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})
        self.keys("\ue010")  # End: a key goes up, and the field is read

    def errors(self) -> list[str]:
        """What the console has said since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def asked(self) -> set[str]:
        """The addresses asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return {url for url in sent if not url.startswith(("data:", "blob:", "about:"))}


@contextmanager
def browser(site: Path) -> Iterator[Browser]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        with served(site) as home:
            yield Browser(driver, home)
    finally:
        driver.quit()
