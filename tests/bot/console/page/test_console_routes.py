"""The page's routes: who is let in, what every answer carries, what an act becomes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from console_workspace import ADA, APP, DIRECT, OPS, PRIVATE, TOM, MemoryWorkspace
from served_page import TOKEN, Served, served

from kubectl_smart.bot.console.page.guard import COOKIE, HEADERS
from kubectl_smart.bot.console.page.routes import add_page
from kubectl_smart.bot.console.page.seam import FileSeen

SESSION = {"Cookie": f"{COOKIE}={TOKEN}"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@pytest.fixture
def workspace() -> MemoryWorkspace:
    """A message in a channel for all, one where the guest is not."""
    made = MemoryWorkspace()
    made.add(OPS, ADA, "hello")
    made.add(PRIVATE, ADA, "among us")
    made.stored["F1"] = FileSeen(name="re port.html", mimetype="text/html", bytes=b"<script>")
    return made


@pytest.fixture
def at(workspace: MemoryWorkspace) -> Iterator[Served]:
    """The page, served."""
    with served(workspace) as found:
        yield found


def ask(
    at: Served, path: str, *, method: str = "GET", body: str | None = None, **headers: str
) -> Answer:
    """One request, with headers as they are given: nothing is added or followed."""
    connection = http.client.HTTPConnection(urlsplit(at.address).netloc, timeout=20)
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    found = Answer(answer.status, answer.headers, answer.read())
    connection.close()
    return found


def act(at: Served, given: object, **headers: str) -> Answer:
    """An act as the script sends it, but for the headers given."""
    usual = {"Origin": at.address, "Content_Type": "application/json", **SESSION}
    return ask(at, "/page/act", method="POST", body=json.dumps(given), **{**usual, **headers})


def test_the_token_becomes_a_cookie(at: Served) -> None:
    """Scripts cannot read it, other sites cannot use it, and the address forgets it."""
    found = ask(at, f"/?token={TOKEN}")
    assert (found.status, found.headers["Location"]) == (303, "/")
    cookie = found.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    page = ask(at, "/", **SESSION)
    assert page.status == 200
    assert b"Simulation" in page.body
    assert b" style=" not in page.body


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/?token=wrong", SESSION),
        ("/?token=%C3%A4", {}),
        ("/page/people", {}),
        ("/page/page.js", {}),
        ("/page/people", {"Cookie": f"{COOKIE}=wrong"}),
        ("/page/events", {}),
        ("/page/files/F1", {}),
        ("/page/people", {**SESSION, "Host": "evil.example"}),
        ("/page/people", {**SESSION, "Host": "127.0.0.1.evil.example:80"}),
        ("/page/people", {**SESSION, "Host": "[bad"}),
    ],
)
def test_strangers_are_refused(at: Served, path: str, headers: dict[str, str]) -> None:
    """Without the session, or through a name that is not this machine's, nothing is told."""
    found = ask(at, path, **headers)
    assert found.status in {400, 403}
    if found.status == 403:
        assert {key: found.headers[key] for key in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "path", ["/", "/page/people", "/page/page.css", "/page/nothing", "/page/files/F1"]
)
def test_every_answer_has_the_headers(at: Served, path: str) -> None:
    """Content security policy and the rest, on errors too."""
    found = ask(at, path, **SESSION)
    assert {key: found.headers[key] for key in HEADERS} == HEADERS


def test_files_that_are_no_pictures_are_saved(at: Served) -> None:
    """HTML of somebody is never shown as a page of ours."""
    found = ask(at, "/page/files/F1", **SESSION)
    assert found.headers["Content-Type"] == "application/octet-stream"
    assert found.headers["Content-Disposition"] == "attachment; filename*=UTF-8''re%20port.html"
    assert ask(at, "/page/files/F9", **SESSION).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Content_Type": "text/plain"},
        {"Cookie": "a=b"},
    ],
)
def test_acts_from_elsewhere_are_refused(
    at: Served, workspace: MemoryWorkspace, headers: dict[str, str]
) -> None:
    """Origin, type of content and session have to be right."""
    given = {"act": "post", "user": ADA, "channel": OPS, "text": "x"}
    assert act(at, given, **headers).status in {403, 415}
    assert workspace.acts == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"act": "post", "channel": OPS, "text": "x"}, ("post", (ADA, OPS, "x", None))),
        (
            {"act": "click", "channel": OPS, "ts": "1.2", "block_id": "b", "action_id": "a",
             "value": {"type": "button"}},
            ("click", (ADA, OPS, "1.2", "b", "a", {"type": "button"})),
        ),
        (
            {"act": "click_in_view", "view_id": "V", "block_id": "b", "action_id": "a",
             "value": {}},
            ("click_in_view", (ADA, "V", "b", "a", {})),
        ),
        (
            {"act": "shortcut", "channel": OPS, "ts": "1.2", "callback_id": "record"},
            ("shortcut", (ADA, OPS, "1.2", "record")),
        ),
        ({"act": "open_home"}, ("open_home", (ADA,))),
    ],
)  # fmt: skip
def test_acts_arrive(
    at: Served, workspace: MemoryWorkspace, given: dict[str, Any], expected: tuple[str, object]
) -> None:
    """Each act calls the workspace with what it carried."""
    assert act(at, {**given, "user": ADA}).status == 204
    assert workspace.acts == [expected]


def test_message_acts_arrive(at: Served, workspace: MemoryWorkspace) -> None:
    """Reacting, editing and deleting."""
    ts = workspace.written[OPS][0].ts
    same = {"user": ADA, "channel": OPS, "ts": ts}
    assert act(at, {**same, "act": "react", "name": "memo", "add": True}).status == 204
    assert act(at, {**same, "act": "edit", "text": "hi"}).status == 204
    shown = ask(at, f"/page/messages?user={ADA}&channel={OPS}", **SESSION).body.decode()
    assert "(edited)" in shown
    assert 'aria-label="memo: 1"' in shown
    assert act(at, {**same, "act": "delete"}).status == 204
    assert workspace.written[OPS] == []


def test_views_are_submitted_and_closed(at: Served, workspace: MemoryWorkspace) -> None:
    """The state arrives as it was sent; an error is shown beside its input."""
    opened = {"act": "shortcut", "user": ADA, "channel": OPS, "ts": "1.2", "callback_id": "record"}
    act(at, opened)
    state = {"why": {"text": {"type": "plain_text_input", "value": None}}}
    assert act(at, {"act": "submit", "user": ADA, "view_id": "V1", "state": state}).status == 204
    assert workspace.acts[-1] == ("submit", (ADA, "V1", state))
    assert b"Say why it was done." in ask(at, f"/page/modal?user={ADA}", **SESSION).body
    assert act(at, {"act": "close", "user": ADA, "view_id": "V1"}).status == 204
    assert ask(at, f"/page/modal?user={ADA}", **SESSION).body == b""


def test_refusals_are_told_in_slacks_words(at: Served) -> None:
    """A command in a thread is refused, and the sentence reaches the person."""
    given = {"act": "post", "user": ADA, "channel": OPS, "text": "/smart help", "thread": "1.2"}
    found = act(at, given)
    assert found.status == 409
    assert json.loads(found.body) == {"refusal": "/smart is not supported in threads. Sorry!"}


@pytest.mark.parametrize(
    "given",
    [
        [],
        {"act": "fly", "user": ADA},
        {"act": ["post"], "user": ADA},
        {"act": "post", "user": "U9", "channel": OPS, "text": "x"},
        {"act": "post", "user": APP, "channel": OPS, "text": "x"},
        {"act": "post", "user": ADA, "channel": 5, "text": "x"},
        {"act": "react", "user": ADA, "channel": OPS, "ts": "1.2", "name": "x", "add": "yes"},
        {"act": "submit", "user": ADA, "view_id": "V", "state": []},
    ],
)
def test_what_is_no_act_is_refused(at: Served, workspace: MemoryWorkspace, given: object) -> None:
    """Wrong shapes, unknown acts and nobody's acts never reach the workspace."""
    assert act(at, given).status == 400
    assert workspace.acts == []


def test_a_person_sees_only_what_is_theirs(at: Served) -> None:
    """A guest gets nothing of a channel they are not in, and no app can be acted as."""
    seen = ask(at, f"/page/messages?user={ADA}&channel={PRIVATE}", **SESSION)
    assert b"among us" in seen.body
    for query in (f"user={TOM}&channel={PRIVATE}", f"user={APP}&channel={DIRECT}", "user=U0ADA"):
        found = ask(at, f"/page/messages?{query}", **SESSION)
        assert found.status == 400
        assert b"among us" not in found.body


def test_events_tell_revisions_and_end_with_the_server(workspace: MemoryWorkspace) -> None:
    """The revision comes at once and after each change; the server can stop meanwhile."""
    with served(workspace) as at:
        connection = http.client.HTTPConnection(urlsplit(at.address).netloc, timeout=20)
        connection.request("GET", "/page/events", headers=SESSION)
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
        assert answer.readline() == b"data: 1\n"
        assert answer.readline() == b"\n"
        at.run(workspace.touch())
        assert answer.readline() == b"data: 2\n"
    connection.close()


def test_a_short_token_is_refused(workspace: MemoryWorkspace) -> None:
    """What can be guessed is no token."""
    with pytest.raises(ValueError, match="at least 16 characters"):
        add_page(web.Application(), workspace, "short")
