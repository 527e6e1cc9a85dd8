"""Installations: kept sealed, found again, rotated, and gone when they are deleted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import Bot, Installation

from kubectl_smart.bot.slack.installations import STATE_LASTS, Installations, States
from kubectl_smart.bot.slack.vault import Keys, Vault, new_key
from kubectl_smart.memory.records.errors import BadInput, SmartError

OLD, NEW = new_key(), new_key()


def _installation(team: str = "T1", user: str = "U1", token: str = "xoxb-one") -> Installation:
    return Installation(
        app_id="A1", enterprise_id="E1", enterprise_name="Umbrella Organisation", team_id=team,
        team_name="Acme Rockets", bot_token=token, bot_id="B1", bot_user_id="U9",
        bot_scopes=["commands", "chat:write"], bot_refresh_token="xoxe-1-refresh",
        bot_token_expires_at=2_000_000_000, user_id=user, user_token=f"xoxp-{user}",
        user_scopes="search:read", installed_at=1_700_000_000.5, custom_values={"by": "Ada"},
    )  # fmt: skip


def _store(path: Path, keys: str = OLD, client: str = "1.2") -> Installations:
    return Installations(Vault(path / "inst.db", Keys(keys)), client)


def _bot(store: Installations, team: str = "T1") -> Bot | None:
    return asyncio.run(store.async_find_bot(enterprise_id="E1", team_id=team))


def _found(store: Installations, user: str | None = None, team: str = "T1") -> Installation | None:
    return asyncio.run(
        store.async_find_installation(enterprise_id="E1", team_id=team, user_id=user)
    )


def test_what_is_saved_is_found_in_full(tmp_path: Path) -> None:
    """Every field of slack_sdk's objects, by another object on the same file."""
    saved = _installation()
    asyncio.run(_store(tmp_path).async_save(saved))
    again = _store(tmp_path)
    installation, bot = _found(again, "U1"), _bot(again)

    assert installation is not None
    assert vars(installation) == vars(saved)
    assert bot is not None
    assert vars(bot) == vars(saved.to_bot())
    assert _found(again, "U2") is None
    assert _bot(again, "T2") is None
    assert _bot(_store(tmp_path, client="9.9")) is None


def test_the_newest_counts_and_the_former_is_gone(tmp_path: Path) -> None:
    """One person's installation is replaced; without a person the newest of the workspace."""
    store = _store(tmp_path)
    for user, token in (("U1", "xoxb-one"), ("U2", "xoxb-two"), ("U1", "xoxb-three")):
        asyncio.run(store.async_save(_installation(user=user, token=token)))
    newest, second = _found(store), _found(store, "U2")

    assert newest is not None
    assert second is not None
    assert (newest.user_id, newest.bot_token) == ("U1", "xoxb-three")
    assert (second.user_token, second.bot_token) == ("xoxp-U2", "xoxb-three")


def test_an_organisation_is_found_without_a_team(tmp_path: Path) -> None:
    """As slack_sdk has it: is_enterprise_install makes the team not matter."""
    store = _store(tmp_path)
    whole = _installation()
    whole.is_enterprise_install = True
    asyncio.run(store.async_save(whole))
    bot = asyncio.run(
        store.async_find_bot(enterprise_id="E1", team_id="T7", is_enterprise_install=True)
    )

    assert bot is not None
    assert bot.bot_token == "xoxb-one"
    assert _bot(store) is None


def test_the_file_tells_nothing(tmp_path: Path) -> None:
    """No token, name or id, not even of what was deleted; and nobody else can read the file."""
    store = _store(tmp_path)
    states = States(Vault(tmp_path / "inst.db", Keys(OLD)))

    async def use() -> str:
        await store.async_save(_installation())
        await store.async_save(_installation(token="xoxb-two"))
        await store.async_save(_installation(team="T2"))
        await store.async_delete_all(enterprise_id="E1", team_id="T2")
        return await states.async_issue()

    state = asyncio.run(use())
    words = [
        "xox", "Acme", "Rockets", "Umbrella", "commands", "chat:write", "T1", "T2", "E1", "U1",
        "Ada", "1.2", OLD, state,
    ]  # fmt: skip
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        # two letters happen to stand in random bytes: the short ids are looked for as JSON has them
        found = [
            word for word in words if (word if len(word) > 2 else f'"{word}"').encode() in content
        ]
        assert found == [], path
        assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_deleted_is_not_even_there_sealed(tmp_path: Path) -> None:
    """Keys may leak later than a workspace leaves."""
    store = _store(tmp_path)
    asyncio.run(store.async_save(_installation()))
    with Vault(tmp_path / "inst.db", Keys(OLD)).transaction() as database:
        sealed = [row[0] for row in database.execute("SELECT sealed FROM entry")]
    # pieces, for a long value is spread over pages
    pieces = [one[at : at + 100] for one in sealed for at in range(0, len(one) - 100, 100)]
    before = (tmp_path / "inst.db").read_bytes()
    asyncio.run(store.async_delete_all(enterprise_id="E1", team_id="T1"))
    after = (tmp_path / "inst.db").read_bytes()

    assert len(pieces) > 5
    assert sum(piece in before for piece in pieces) >= len(pieces) - 4
    assert [piece for piece in pieces if piece in after] == []


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """With the command that mends it."""
    _store(tmp_path)
    (tmp_path / "inst.db").chmod(0o644)
    with pytest.raises(BadInput, match=r"can be read by others \(mode 0644\)"):
        _store(tmp_path)


def test_another_key_is_told_in_one_sentence(tmp_path: Path) -> None:
    """By the ids of the keys, never the keys; nothing is changed by trying."""
    asyncio.run(_store(tmp_path).async_save(_installation()))
    with pytest.raises(BadInput) as caught:
        _store(tmp_path, NEW)

    told = f"{caught.value.message}; {caught.value.remedy}"
    assert Keys(OLD).newest in told
    assert Keys(NEW).newest in told
    assert OLD not in told
    assert NEW not in told
    assert _bot(_store(tmp_path)) is not None


def test_keys_are_rotated(tmp_path: Path) -> None:
    """The newest seals; with renew() the old one is needed no more."""
    asyncio.run(_store(tmp_path).async_save(_installation()))
    both = f"{NEW}\n# the one before\n{OLD}\n"
    assert _bot(_store(tmp_path, both)) is not None
    with pytest.raises(BadInput, match="none of yours"):
        _store(tmp_path, NEW)
    vault = Vault(tmp_path / "inst.db", Keys(both))

    assert vault.renew() == 2
    assert vault.renew() == 0
    assert _bot(_store(tmp_path, NEW)) is not None
    with pytest.raises(BadInput, match="none of yours"):
        _store(tmp_path, OLD)


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "hunter2", f"{OLD}\n{OLD[:-4]}"],
    ids=["none", "a comment", "a word", "half a key"],
)
def test_what_is_no_key_is_told_and_not_shown(text: str) -> None:
    """With the command that makes one."""
    with pytest.raises(BadInput, match="no key") as caught:
        Keys(text)

    assert "slack key" in caught.value.remedy
    assert not text or text not in caught.value.message


def test_a_changed_entry_is_noticed(tmp_path: Path) -> None:
    """Whoever can write the file cannot make up an installation."""
    store = _store(tmp_path)
    asyncio.run(store.async_save(_installation()))
    vault = Vault(tmp_path / "inst.db", Keys(OLD))
    with vault.transaction() as database:
        database.execute("UPDATE entry SET sealed = ?", (b"gAAAAA",))
    with pytest.raises(SmartError, match="was changed by somebody else"):
        _bot(store)


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A folder, a link to nowhere, a folder that is missing."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for path in (tmp_path, tmp_path / "link", tmp_path / "none" / "inst.db"):
        with pytest.raises(BadInput, match=r"is no file|cannot be made: no such file"):
            Vault(path, Keys(OLD))


def test_something_else_is_no_database(tmp_path: Path) -> None:
    """One sentence that names the file."""
    path = tmp_path / "inst.db"
    path.write_text("nothing of the kind" * 100)
    path.chmod(0o600)
    with pytest.raises(BadInput, match=r"inst\.db is no database of installations"):
        _store(tmp_path)


def test_many_at_once(tmp_path: Path) -> None:
    """Threads of two stores on one file lose nothing."""
    first, second = _store(tmp_path), _store(tmp_path)

    async def save() -> None:
        stores = (first, second)
        await asyncio.gather(
            *(stores[n % 2].async_save(_installation(user=f"U{n}")) for n in range(40))
        )

    asyncio.run(save())

    assert all(_found(first, f"U{n}") is not None for n in range(40))


def _event(kind: str, **more: Any) -> AsyncBoltRequest:
    body = {
        "type": "event_callback", "team_id": "T1", "enterprise_id": "E1", "api_app_id": "A1",
        "event_id": "Ev1", "event_time": 1, "event": {"type": kind, **more},
        "authorizations": [{"enterprise_id": "E1", "team_id": "T1", "user_id": "U9",
                            "is_bot": True, "is_enterprise_install": False}],
    }  # fmt: skip
    return AsyncBoltRequest(mode="socket_mode", body=body)


async def _dispatch(store: Installations, request: AsyncBoltRequest) -> None:
    app = AsyncApp(
        signing_secret="s",
        oauth_settings=AsyncOAuthSettings(
            client_id="1.2", client_secret="c", installation_store=store
        ),
    )
    app.enable_token_revocation_listeners()
    await app.async_dispatch(request)
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await asyncio.gather(*others)


def test_an_uninstalled_app_leaves_nothing(tmp_path: Path) -> None:
    """Bolt's own listener, on Slack's event; other workspaces stay."""
    store = _store(tmp_path)
    for team in ("T1", "T2"):
        asyncio.run(store.async_save(_installation(team=team)))
    asyncio.run(_dispatch(store, _event("app_uninstalled")))

    assert (_bot(store), _found(store)) == (None, None)
    assert _bot(store, "T2") is not None
    with Vault(tmp_path / "inst.db", Keys(OLD)).transaction() as database:
        assert database.execute("SELECT count(*) FROM entry").fetchone() == (2,)


def test_a_revoked_token_is_nowhere(tmp_path: Path) -> None:
    """A revoked bot leaves installations without its token; a revoked user, those of others."""
    store = _store(tmp_path)
    for user in ("U1", "U2"):
        asyncio.run(store.async_save(_installation(user=user)))
    asyncio.run(_dispatch(store, _event("tokens_revoked", tokens={"bot": ["U9"], "oauth": ["U1"]})))
    left = _found(store, "U2")

    assert _bot(store) is None
    assert _found(store, "U1") is None
    assert left is not None
    assert (left.bot_token, left.bot_refresh_token, left.user_token) == (None, None, "xoxp-U2")


def test_a_state_is_good_once_and_not_for_long(tmp_path: Path) -> None:
    """Used, unknown and old ones are refused, through any store on the file."""
    vault = Vault(tmp_path / "inst.db", Keys(OLD))
    now = 1_000.0
    states = States(vault, lambda: now)
    other = States(Vault(tmp_path / "inst.db", Keys(OLD)), lambda: now)

    async def consume(state: str) -> list[bool]:
        return [await one.async_consume(state) for one in (other, states)]

    assert asyncio.run(consume(asyncio.run(states.async_issue()))) == [True, False]
    assert asyncio.run(consume("made up")) == [False, False]
    late = asyncio.run(states.async_issue())
    now += STATE_LASTS
    assert asyncio.run(consume(late)) == [False, False]
