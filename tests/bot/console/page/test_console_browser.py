"""The page in a real browser: what a person does becomes acts, and what happens is seen."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_workspace import ADA, APP, OPS, TOM, MemoryWorkspace, small_png
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from served_page import TOKEN, Served, served

from kubectl_smart.bot.console.page.seam import FileSeen

GOLDEN = Path(__file__).resolve().parents[3] / "golden"
SHOTS = os.environ.get("KUBECTL_SMART_SCREENSHOTS", "")
"""A folder for pictures of the page, for people to look at; none are made without it."""
pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="needs chromium and chromium-driver",
)


class Page:
    """A browser on the page, and what a test looks for."""

    def __init__(self, driver: webdriver.Chrome, at: Served) -> None:
        self.driver = driver
        self.at = at
        self.wait = WebDriverWait(driver, 20)

    def open(self) -> None:
        """Open the address with the token and wait for the first messages."""
        self.driver.get(f"{self.at.address}/?token={TOKEN}")
        self.see("#messages article")

    def see(self, css: str, text: str = "") -> None:
        """Wait until something visible matches and holds the text."""
        script = (
            "return [...document.querySelectorAll(arguments[0])].some("
            "(el) => el.checkVisibility() && el.textContent.includes(arguments[1]))"
        )
        self.wait.until(lambda driver: driver.execute_script(script, css, text), f"{css} {text}")

    def gone(self, css: str) -> None:
        """Wait until nothing visible matches."""
        script = (
            "return ![...document.querySelectorAll(arguments[0])].some(el => el.checkVisibility())"
        )
        self.wait.until(lambda driver: driver.execute_script(script, css), css)

    def click(self, css: str) -> None:
        """Click like a mouse, waiting for the element."""
        self.see(css)
        self.driver.find_element(By.CSS_SELECTOR, css).click()

    def write(self, css: str, *keys: str) -> None:
        """Type into a field."""
        self.driver.find_element(By.CSS_SELECTOR, css).send_keys(*keys)

    def shot(self, name: str) -> None:
        """A picture for people to look at."""
        if SHOTS:
            self.driver.save_screenshot(str(Path(SHOTS, f"{name}.png")))

    def troubles(self) -> list[str]:
        """What the browser complained about, above all the CSP; refusals are meant to happen."""
        found = [str(one["message"]) for one in self.driver.get_log("browser")]
        return [one for one in found if "409 (Conflict)" not in one]


@pytest.fixture
def workspace() -> MemoryWorkspace:
    """A channel with a question, an answer of ours, a picture and a thread."""
    made = MemoryWorkspace()
    asked = made.add(OPS, ADA, "<@U0APP> why deployment/payment-api --replicas=5 :eyes:")
    answer = json.loads((GOLDEN / "slack-why-replicas.json").read_text())
    made.add(OPS, APP, "\n".join(answer["text"]), blocks=answer["blocks"])
    made.stored["F1"] = FileSeen(
        name="why.png", mimetype="image/png", bytes=small_png(), alt_text="three decisions"
    )
    picture = {"id": "F1", "name": "why.png", "mimetype": "image/png", "alt_txt": "three decisions"}
    made.add(OPS, APP, "", files=[picture])
    made.add(OPS, TOM, "provider SLA, never below 5", thread_ts=asked.ts)
    made.call("auth.test", body={"ok": True})
    made.call(
        "chat.postMessage",
        ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"],
        {"channel": OPS, "text": "too long"},
    )
    return made


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def page(
    request: pytest.FixtureRequest, tmp_path: Path, workspace: MemoryWorkspace
) -> Iterator[Page]:
    """Chromium without a window, with a profile of its own, at two sizes."""
    width, height = request.param
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", f"--user-data-dir={tmp_path}", "--disable-gpu",
                     "--disable-dev-shm-usage", "--no-proxy-server", "--no-first-run"):  # fmt: skip
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    service = webdriver.ChromeService(executable_path=str(shutil.which("chromedriver")))
    with served(workspace) as at:
        driver = webdriver.Chrome(options=options, service=service)
        try:
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
            )
            yield Page(driver, at)
        finally:
            driver.quit()


def test_a_person_asks_clicks_and_records(page: Page, workspace: MemoryWorkspace) -> None:
    """A command, a button, a shortcut with a modal refused once, and a reaction."""
    page.open()
    name = page.driver.execute_script("return innerWidth > 900 ? 'desktop' : 'phone'")
    page.shot(f"messages-{name}")
    wide = page.driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, "the page may not be wider than the window"

    page.write("#write", "/")
    page.see(".offer", "/smart")
    page.click("button.offer")
    page.write("#write", "why deployment/payment-api --replicas=5", Keys.ENTER)
    page.see(".ephemeral", "Only visible to you")
    page.shot(f"ephemeral-{name}")
    page.click(".ephemeral [data-action-id=evidence]")
    page.wait.until(lambda _: workspace.acts[-1][0] == "click")
    _, (user, channel, _, block, action, value) = workspace.acts[-1]
    assert (user, channel, block, action) == (ADA, OPS, "b", "evidence")
    assert (value["type"], value["value"]) == ("button", "v1")

    page.driver.execute_script("document.querySelector('#messages article').focus()")
    page.click("#messages article [aria-label='React with memo']")
    page.see("#messages article .reaction[aria-pressed=true]", "1")
    page.click("#messages article .reaction")
    page.gone("#messages article .reaction")

    page.driver.execute_script("document.querySelector('#messages article').focus()")
    page.click("#messages article .more > summary")
    page.shot(f"menu-{name}")
    page.click("#messages article [data-callback=record]")
    page.see("dialog .modal", "Why was it done?")
    page.driver.find_element(By.CSS_SELECTOR, "dialog option[value=knowledge]").click()
    page.click("dialog [type=submit]")
    page.see("dialog .error", "Say why it was done.")
    page.shot(f"modal-{name}")
    page.write("dialog textarea", "The provider's SLA")
    page.click("dialog [type=submit]")
    page.gone("dialog")
    state = workspace.acts[-1][1][2]
    assert state["why"]["text"] == {"type": "plain_text_input", "value": "The provider's SLA"}
    assert state["kind"]["kind"]["selected_option"]["value"] == "knowledge"
    assert page.troubles() == []


def test_threads_home_journal_and_people(page: Page, workspace: MemoryWorkspace) -> None:
    """A thread refuses commands; the Home, the journal and another person are a click away."""
    page.open()
    phone = page.driver.execute_script("return innerWidth <= 900")
    name = "phone" if phone else "desktop"
    page.click(".replies")
    page.see("#thread article", "never below 5")
    page.write("#reply", "/smart why deploy/x", Keys.ENTER)
    page.see(".composer .refusal", "/smart is not supported in threads. Sorry!")
    page.shot(f"thread-{name}")
    page.write("#reply", Keys.CONTROL, "a")
    page.write("#reply", Keys.NULL, "thanks", Keys.ENTER)
    page.see("#thread article", "thanks")
    page.click("[data-do=close-thread]")

    if phone:
        page.click("[data-do=pane][data-pane=journal]")
    page.see("#journal .call", "chat.postMessage")
    page.click("#tab-rejected")
    page.see("#rejected li", "must be less than 3001 characters")
    page.shot(f"rejected-{name}")

    if phone:
        page.click("[data-do=pane][data-pane=places]")
        page.shot("places-phone")
    page.click("[data-channel=home]")
    page.see(".home", "What can I ask?")
    page.shot(f"home-{name}")
    if phone:
        page.click("[data-do=pane][data-pane=places]")
    page.click(f"[data-user={TOM}]")
    page.wait.until(lambda _: ("open_home", (TOM,)) in workspace.acts)
    page.gone("[data-channel=C0SRE]")
    assert page.troubles() == []


def test_what_others_do_is_seen_at_once(page: Page, workspace: MemoryWorkspace) -> None:
    """A message written elsewhere appears without a reload, and text stays text."""
    page.open()
    page.at.run(workspace.post(TOM, OPS, "<script>x</script> & *bold*"))
    page.see("#messages article", "<script>x</script> & bold")
    assert not page.driver.find_elements(By.CSS_SELECTOR, "#messages script")
    picture = "return document.querySelector('#messages img.picture')"
    page.driver.execute_script(f"{picture}.scrollIntoView()")
    page.wait.until(lambda driver: driver.execute_script(f"{picture}.naturalWidth") == 320)
    assert page.driver.execute_script(f"{picture}.alt") == "three decisions"


def test_dark_and_light_follow_the_reader(page: Page) -> None:
    """The colours are those the reader's system asks for."""
    page.open()
    colour = "return getComputedStyle(document.body).backgroundColor"
    for scheme, expected in (("dark", "rgb(23, 25, 29)"), ("light", "rgb(255, 255, 255)")):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        assert page.driver.execute_script(colour) == expected
        page.shot(f"{scheme}-{page.driver.execute_script('return innerWidth')}")
