"""The methods of the Web API that this stand-in has: who may call them, with what.

Arguments, scopes and tiers are those of Slack's method reference (docs.slack.dev). An argument that
is not in the table is ignored by Slack; here it is a complaint.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Caller = Literal["bot", "app", "anybody"]


class Method(NamedTuple):
    """One method.

    caller    whose token it takes
    scopes    of which the app needs all; "*:read" stands for the one of the channel's kind
    tier      1 to 4; None where Slack says "special"
    """

    caller: Caller
    scopes: tuple[str, ...]
    tier: int | None
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def arguments(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.required, *self.optional))


FORM_ONLY = frozenset(
    {
        "chat.getPermalink",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "files.getUploadURLExternal",
        "files.info",
        "reactions.get",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
        "users.list",
    }
)
"""Methods that take a form or a query string, and do not look into a JSON body."""
_MESSAGE = ("text", "blocks", "attachments", "markdown_text", "metadata", "parse", "link_names")
_SPEAKER = ("username", "icon_emoji", "icon_url")
_PAGED = ("cursor", "limit", "latest", "oldest", "inclusive", "include_all_metadata")

METHODS = {
    "api.test": Method("anybody", (), 4, (), ("error", "foo")),
    "auth.test": Method("bot", (), None, ()),
    "apps.connections.open": Method("app", (), 3, ()),
    "blocks.validate": Method("anybody", (), 4, (), ("blocks", "message", "view")),
    "chat.postMessage": Method(
        "bot",
        ("chat:write",),
        None,
        ("channel",),
        (
            *_MESSAGE,
            *_SPEAKER,
            "thread_ts",
            "reply_broadcast",
            "unfurl_links",
            "unfurl_media",
            "mrkdwn",
        ),
    ),
    "chat.update": Method(
        "bot",
        ("chat:write",),
        3,
        ("channel", "ts"),
        (*_MESSAGE, "reply_broadcast", "file_ids"),
    ),
    "chat.delete": Method("bot", ("chat:write",), 3, ("channel", "ts")),
    "chat.postEphemeral": Method(
        "bot", ("chat:write",), 4, ("channel", "user"), (*_MESSAGE, *_SPEAKER, "thread_ts")
    ),
    "chat.getPermalink": Method("bot", (), None, ("channel", "message_ts")),
    "conversations.info": Method(
        "bot", ("*:read",), 3, ("channel",), ("include_locale", "include_num_members")
    ),
    "conversations.history": Method("bot", ("*:history",), 3, ("channel",), _PAGED),
    "conversations.replies": Method("bot", ("*:history",), 3, ("channel", "ts"), _PAGED),
    "conversations.members": Method("bot", ("*:read",), 4, ("channel",), ("cursor", "limit")),
    "conversations.open": Method(
        "bot", ("im:write",), 3, (), ("channel", "users", "return_im", "prevent_creation")
    ),
    "conversations.join": Method("bot", ("channels:join",), 3, ("channel",)),
    "conversations.create": Method("bot", (), 2, (), ("name", "is_private")),
    "conversations.invite": Method("bot", (), 3, ("channel", "users"), ("force",)),
    "conversations.setTopic": Method("bot", (), 2, ("channel", "topic")),
    "conversations.list": Method(
        "bot",
        ("*:read",),
        2,
        (),
        ("cursor", "limit", "types", "exclude_archived", "team_id"),
    ),
    "users.info": Method("bot", ("users:read",), 4, ("user",), ("include_locale",)),
    "users.list": Method(
        "bot", ("users:read",), 2, (), ("cursor", "limit", "team_id", "include_locale")
    ),
    "usergroups.list": Method(
        "bot",
        ("usergroups:read",),
        2,
        (),
        ("include_users", "include_count", "include_disabled", "team_id"),
    ),
    "usergroups.users.list": Method(
        "bot", ("usergroups:read",), 2, ("usergroup",), ("include_disabled", "team_id")
    ),
    "reactions.add": Method("bot", ("reactions:write",), 3, ("channel", "timestamp", "name")),
    "reactions.remove": Method("bot", ("reactions:write",), 2, ("channel", "timestamp", "name")),
    "reactions.get": Method("bot", ("reactions:read",), 3, ("channel", "timestamp"), ("full",)),
    "pins.add": Method("bot", ("pins:write",), 2, ("channel", "timestamp")),
    "views.open": Method("bot", (), 4, ("trigger_id", "view")),
    "views.push": Method("bot", (), 4, ("trigger_id", "view")),
    "views.update": Method("bot", (), 4, ("view",), ("view_id", "external_id", "hash")),
    "views.publish": Method("bot", (), 4, ("user_id", "view"), ("hash",)),
    "files.getUploadURLExternal": Method(
        "bot", ("files:write",), 4, ("filename", "length"), ("alt_txt", "snippet_type")
    ),
    "files.completeUploadExternal": Method(
        "bot",
        ("files:write",),
        4,
        ("files",),
        ("channel_id", "channels", "thread_ts", "initial_comment", "blocks", *_SPEAKER),
    ),
    "files.info": Method(
        "bot", ("files:read",), 4, ("file",), ("count", "page", "cursor", "limit")
    ),
    "team.info": Method("bot", ("team:read",), 3, (), ("team", "domain")),
}
