"""One incident in a real browser, from the announcement of a change to the closed report.

The page is that of the demo: the real bot behind the stand-in of Slack, on the recorded cluster.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

SHOTS = os.environ.get("KUBECTL_SMART_SCREENSHOTS", "")
"""A folder for pictures of the page, for people to look at; none are made without it."""
pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="needs chromium and chromium-driver",
)
_FIND = """
const [css, text] = arguments;
const shown = [...document.querySelectorAll(css)].filter(
  (one) => one.checkVisibility() && one.textContent.includes(text));
return shown.length ? shown[shown.length - 1] : null;
"""


class Browser:
    """A window on the demo, and a person in front of it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.wait = WebDriverWait(driver, 60)

    def see(self, css: str, text: str = "") -> object:
        """Wait until something visible matches and holds the text; the last that does."""
        return self.wait.until(lambda one: one.execute_script(_FIND, css, text), f"{css} {text}")

    def click(self, css: str, text: str = "") -> None:
        """Click the last thing that matches."""
        found = self.see(css, text)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()  # type: ignore[attr-defined]

    def click_in(self, holder: str, text: str, css: str, label: str) -> None:
        """Click what is inside the last holder that has the text."""
        found = self.see(holder, text)
        script = (
            "return [...arguments[0].querySelectorAll(arguments[1])]"
            ".find((one) => one.textContent.includes(arguments[2]))"
        )
        wanted = self.driver.execute_script(script, found, css, label)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", wanted)
        wanted.click()

    def say(self, css: str, words: str) -> None:
        """Type something and send it."""
        self.see(css)
        self.driver.find_element(By.CSS_SELECTOR, css).send_keys(words, Keys.ENTER)

    def act_as(self, name: str) -> None:
        """Be somebody else."""
        self.click("#people button", name)
        self.see("#as", f"acting as {name}")

    def shot(self, name: str) -> None:
        """A picture for people to look at."""
        if SHOTS:
            self.driver.save_screenshot(str(Path(SHOTS, f"{name}.png")))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The demo, served until the test has ended; its address with the token."""
    command = [sys.executable, "-m", "kubectl_smart.bot", "demo", "--slack"]
    environment = {**os.environ, "BROWSER": "true", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as demo:
        lines: list[str] = []
        watchdog = threading.Timer(120, demo.kill)
        watchdog.start()
        try:
            assert demo.stdout is not None
            for line in demo.stdout:
                lines.append(line)
                found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line)
                if found:
                    break
            else:
                raise AssertionError("".join(lines))
            watchdog.cancel()
            yield found.group()
        finally:
            watchdog.cancel()
            demo.terminate()
            demo.stdout.close()  # type: ignore[union-attr]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """Chromium without a window, with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in ("--headless=new", f"--user-data-dir={tmp_path}", "--disable-gpu",
                     "--disable-dev-shm-usage", "--no-proxy-server", "--no-first-run",
                     "--window-size=1440,1050"):  # fmt: skip
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    service = webdriver.ChromeService(executable_path=str(shutil.which("chromedriver")))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield Browser(driver)
    finally:
        driver.quit()


def test_an_incident_from_an_announced_change_to_the_closed_report(
    address: str, browser: Browser
) -> None:
    """A reason is given in a window, why is answered with a picture, the incident is closed."""
    browser.driver.get(address)
    browser.see("#messages article", "image payment:5.1.0 → payment:5.0.0")
    browser.shot("announced")

    browser.act_as("tom")
    browser.click_in("#messages article", "payment:5.0.0", "button", "Why?")
    browser.see("#modal", "Record as rationale")
    browser.driver.find_element(By.CSS_SELECTOR, "#modal textarea").send_keys(
        "5.1.0 leaks memory; back to 5.0.0 until it is fixed"
    )
    browser.shot("window")
    browser.click("#modal button", "Record")
    browser.see("#messages article", "because: 5.1.0 leaks memory")
    browser.shot("explained")

    browser.act_as("you")
    browser.say("#write", "/smart why deployment/payment-api --image")
    browser.see("#messages .ephemeral", "5.1.0 leaks memory")
    browser.see("#messages .ephemeral img")
    browser.shot("answered")
    browser.click_in("#messages .ephemeral", "Show evidence", "button", "Show evidence")
    browser.see("#messages .ephemeral", "Decision history")

    browser.act_as("sarah")
    browser.click_in("#messages article", "Incident open:", "button.replies", "")
    browser.see("#thread article", "OOMKilled since 5.1.0")
    browser.say("#reply", "@smart incident close rolled back to 5.0.0")
    browser.see("#thread article", "Incident closed:")
    browser.say("#reply", "@smart incident show")
    browser.see("#thread article", "fixed by:")
    browser.shot("closed")

    browser.click("#tab-rejected")
    browser.see("#rejected", "")
    assert not browser.driver.find_elements(By.CSS_SELECTOR, "#rejected .entry")
