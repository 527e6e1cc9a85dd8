"""files.*: the upload in three steps, and when a picture can be shown."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.slack_stage import Stage, refused, run, stage

COMPLETE = "files.completeUploadExternal"
PIXELS = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def uploaded(one: Stage, content: bytes = PIXELS, **more: Any) -> str:
    """A file whose bytes have come; its id."""
    told = await one.client.files_getUploadURLExternal(
        filename="a.png", length=len(content), **more
    )
    async with one.session.post(told["upload_url"], data=content) as answer:
        assert answer.status == 200
    return str(told["file_id"])


def picture(file: str) -> list[dict[str, Any]]:
    """Blocks with an uploaded picture."""
    return [{"type": "image", "slack_file": {"id": file}, "alt_text": "a"}]


def test_the_sdks_own_upload_goes_through() -> None:
    """files_upload_v2: with arguments in the address, bytes, and one message with the file."""

    async def story() -> None:
        async with stage() as one:
            top = await one.says(one.ada, "top")
            told = await one.client.files_upload_v2(
                channel=one.general.id,
                thread_ts=top.ts,
                content=PIXELS,
                filename="a.png",
                title="A picture",
                alt_txt="What it shows",
                initial_comment="look",
            )
            message = one.last()
            assert (message.subtype, message.text) == ("file_share", "look")
            assert message.thread_ts == top.ts
            assert one.workspace.files[message.files[0]].content == PIXELS
            assert told["file"]["title"] == "A picture"
            assert told["file"]["alt_txt"] == "What it shows"
            assert not one.complaints

    run(story())


def test_a_file_can_be_shown_only_after_slack_has_looked_into_it() -> None:
    """Until then its kind is empty and a block with it is refused."""

    async def story() -> None:
        async with stage(file_delay=2.0) as one:
            file = await uploaded(one)
            channel = one.general.id
            looking = one.client.files_info(file=file)
            assert (await refused(looking))["error"] == "file_not_found"
            await one.client.files_completeUploadExternal(files=[{"id": file, "title": "A"}])
            for seconds, kind in ((0.0, ""), (1.9, ""), (0.1, "image/png")):
                one.clock.on(seconds)
                told = await one.client.files_info(file=file)
                assert told["file"]["mimetype"] == kind
                if not kind:
                    posting = one.client.chat_postMessage(
                        channel=channel, text="x", blocks=picture(file)
                    )
                    refusal = await refused(posting)
                    assert refusal["error"] == "invalid_blocks"
                    assert "[json-pointer:/blocks/0/slack_file]" in refusal["errors"][0]
            await one.client.chat_postMessage(channel=channel, text="x", blocks=picture(file))
            by_address = [{**picture(file)[0], "slack_file": {"url": told["file"]["url_private"]}}]
            assert (await one.call("chat.postMessage", channel=channel, blocks=by_address))["ok"]

    run(story())


def test_bytes_come_once_and_as_many_as_announced() -> None:
    """Others are refused by the upload's own address."""

    async def story() -> None:
        async with stage() as one:
            told = await one.client.files_getUploadURLExternal(filename="a.png", length=3)
            for content, status in ((b"1234", 400), (b"123", 200), (b"123", 404)):
                async with one.session.post(told["upload_url"], data=content) as answer:
                    assert answer.status == status

    run(story())


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"length": 0}, "invalid_arguments"),
        ({"length": "many"}, "invalid_arguments"),
        ({"alt_txt": "x" * 1_001}, "alt_txt_too_large"),
        ({"snippet_type": "text", "length": 1_000_001}, "snippet_too_large"),
    ],
)
def test_uploads_that_are_not_begun(given: dict[str, Any], error: str) -> None:
    """Empty, with too long a description, or too large for a snippet."""

    async def story() -> None:
        async with stage() as one:
            query = {"filename": "a.txt", "length": 1, **given}
            _, told, _ = await one.asked("files.getUploadURLExternal", params=query)
            assert told["error"] == error

    run(story())


def test_an_upload_ends_once() -> None:
    """Without bytes, twice, to a wrong place, or in a thread without a channel it does not end."""

    async def story() -> None:
        async with stage() as one:
            begun = await one.client.files_getUploadURLExternal(filename="a.png", length=3)
            file = await uploaded(one)
            for files, more, error in (
                ([{"id": begun["file_id"]}], {}, "file_not_found"),
                ([{"id": "F9"}], {}, "file_not_found"),
                (["F9"], {}, "invalid_arguments"),
                ([{"id": file}], {"channel_id": one.outside.id}, "not_in_channel"),
                ([{"id": file}], {"thread_ts": "1763900000.000001"}, "invalid_arguments"),
                (
                    [{"id": file}],
                    {"channel_id": one.general.id, "thread_ts": "1763900000.999999"},
                    "thread_not_found",
                ),
            ):
                told = await one.call(COMPLETE, files=files, **more)
                assert told["error"] == error
            assert (await one.call(COMPLETE, files=[{"id": file}], channel_id=one.general.id))["ok"]
            assert (await one.call(COMPLETE, files=[{"id": file}]))["error"] == "file_not_found"

    run(story())


def test_a_file_may_come_with_blocks() -> None:
    """They are checked as any; words beside them win."""

    async def story() -> None:
        async with stage() as one:
            blocks = [{"type": "divider", "block_id": "b"}]
            given = {"channel_id": one.general.id}
            file = await uploaded(one)
            broken = {"files": [{"id": file}], "blocks": [{"type": "header"}], **given}
            assert (await one.call(COMPLETE, **broken))["error"] == "invalid_blocks"
            assert (await one.call(COMPLETE, files=[{"id": file}], blocks=blocks, **given))["ok"]
            assert one.last().blocks == blocks
            file = await uploaded(one)
            both = {"files": [{"id": file}], "blocks": blocks, "initial_comment": "x", **given}
            assert (await one.call(COMPLETE, **both))["ok"]
            assert (one.last().blocks, one.last().text) == ([], "x")

    run(story())


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("https://example.com/a.png", True),
        ("http://example.com/a.png", False),
        ("https://localhost/a.png", False),
        ("https://grafana.monitoring.svc/a.png", False),
        ("https://wiki.internal/a.png", False),
        ("https://127.0.0.1/a.png", False),
        ("https://10.0.0.7/a.png", False),
        ("https://[::1]/a.png", False),
        ("https://93.184.216.34/a.png", True),
        ("https://[broken/a.png", False),
    ],
)
def test_pictures_must_be_where_slack_can_fetch_them(address: str, taken: bool) -> None:
    """Wherever they stand in a payload."""

    async def story() -> None:
        async with stage() as one:
            image = {"type": "image", "image_url": address, "alt_text": "a"}
            section = {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "x"},
                "accessory": image,
            }
            told = await one.call("chat.postMessage", channel=one.general.id, blocks=[section])
            assert told["ok"] is taken
            if not taken:
                (fault,) = told["errors"]
                assert fault.startswith("downloading image failed")
                assert "[json-pointer:/blocks/0/accessory/image_url]" in fault

    run(story())
