"""What people do: typing, clicking, reacting, filling in. Each becomes what Slack would send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubectl_smart.bot.console import calls_chat, calls_conversations, payloads, shapes
from kubectl_smart.bot.console.calls_views import checked, close, push_on, replace
from kubectl_smart.bot.console.composing import composed, escaped
from kubectl_smart.bot.console.outbox import Acknowledged, Delivery, Failed, Kind, Outcome
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal, Unwanted
from kubectl_smart.bot.console.responding import say
from kubectl_smart.bot.console.tickets import ResponseUrl
from kubectl_smart.bot.console.workspace import Channel, Message, View

_HOW_SLACK_CALLS_IT = {"timeout": "operation_timeout", "http_timeout": "operation_timeout"}
_TROUBLE = "We had some trouble connecting. Try again?"


class Acting:
    """Everything a person can do in the workspace. Unwanted for what Slack's window refuses."""

    def __init__(self, slack: Platform) -> None:
        self.slack = slack

    # --- words --------------------------------------------------------------------------------

    async def post(self, user: str, channel: str, text: str, thread: str | None = None) -> None:
        """Send a message, or a command if it begins with "/"."""
        place = self._place(user, channel)
        if text.startswith("/"):
            await self._command(user, place, text, thread)
            return
        slack = self.slack
        said = composed(slack.workspace, text)
        message = Message(
            ts=slack.workspace.next_ts(),
            channel=channel,
            user=user,
            text=said,
            thread_ts=thread,
        )
        slack.post(message)
        if f"<@{slack.app.bot_user}>" in said:
            self._mention(message, place)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        message = self._own(user, channel, ts)
        before = shapes.message_json(self.slack.workspace, message)
        message.text = composed(self.slack.workspace, text)
        message.edited = (user, self.slack.workspace.next_ts())
        self.slack.workspace.put(message)
        more = calls_chat.changed(self.slack, message, before)
        self.slack.message_event(message, more)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message."""
        calls_chat.remove(self.slack, self._own(user, channel, ts))

    async def react(self, user: str, channel: str, ts: str, name: str, *, add: bool) -> None:
        """Add a reaction or take it back; twice is as good as once."""
        self._place(user, channel)
        message = self.slack.workspace.channels[channel].messages.get(ts)
        if message is None:
            raise Unwanted("That message is gone.")
        change = calls_conversations.react if add else calls_conversations.unreact
        try:
            change(self.slack, message, user, name)
        except Refusal as refusal:
            if refusal.error not in ("already_reacted", "no_reaction"):
                raise Unwanted(f"That reaction is not possible: {refusal.error}") from None

    # --- the app's own elements ---------------------------------------------------------------

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        block_id: str,
        action_id: str,
        value: Mapping[str, Any] | None = None,
    ) -> None:
        """Use an element of a message."""
        message = self.slack.workspace.find(channel, ts)
        if message is None or message.only_for not in (None, user):
            raise Unwanted("That message is gone.")
        action = self._action(message.blocks, block_id, action_id, value)
        payload = payloads.click(self.slack, user, message, action)
        outcome = await self._deliver("interactive", f"block_actions {action_id}", payload)
        self._unheard(outcome, user, channel, message.thread_ts)

    async def click_in_view(
        self,
        user: str,
        view_id: str,
        block_id: str,
        action_id: str,
        value: Mapping[str, Any] | None = None,
    ) -> None:
        """Use an element of a modal or the home."""
        view = self._view(user, view_id)
        action = self._action(view.body["blocks"], block_id, action_id, value)
        payload = payloads.click_in_view(self.slack, user, view, action)
        outcome = await self._deliver("interactive", f"block_actions {action_id}", payload)
        if isinstance(outcome, Failed):
            raise Unwanted(_TROUBLE)

    async def shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> None:
        """Choose a shortcut from a message's menu."""
        self._place(user, channel)
        if callback_id not in dict(self.slack.app.shortcuts):
            raise Unwanted("That shortcut is not there.")
        message = self.slack.workspace.channels[channel].messages.get(ts)
        if message is None:
            raise Unwanted("That message is gone.")
        payload = payloads.message_shortcut(self.slack, user, message, callback_id)
        outcome = await self._deliver("interactive", f"message_action {callback_id}", payload)
        self._unheard(outcome, user, channel, message.thread_ts)

    async def submit(self, user: str, view_id: str, state: Mapping[str, Any]) -> None:
        """Send a modal off; `state` is Slack's `view.state.values`."""
        view = self._view(user, view_id)
        view.errors = _left_empty(view.body["blocks"], state)
        if view.errors:
            self.slack.workspace.changed()
            return
        payload = payloads.submission(self.slack, user, view, state)
        outcome = await self._deliver(
            "interactive", f"view_submission {view.body.get('callback_id', '')}", payload, True
        )
        match outcome:
            case Failed():
                raise Unwanted(_TROUBLE)
            case Acknowledged(answer):
                try:
                    self._submitted(view, answer or {})
                except Refusal as refusal:
                    words = f"the answer to a submission was refused: {refusal.body()}"
                    self.slack.journal.complain(words)
                    raise Unwanted(_TROUBLE) from None

    async def close(self, user: str, view_id: str) -> None:
        """Close a modal without sending it."""
        view = self._view(user, view_id)
        close(self.slack, view)
        if view.body.get("notify_on_close"):
            payload = payloads.closing(self.slack, user, view)
            await self._deliver("interactive", "view_closed", payload)

    async def open_home(self, user: str) -> None:
        """Open the app's home."""
        if not self.slack.app.has_home:
            raise Unwanted("This app has no home.")
        workspace = self.slack.workspace
        channel = workspace.direct(user, self.slack.app.bot_user)
        event = {
            "type": "app_home_opened",
            "user": user,
            "channel": channel.id,
            "tab": "home",
            "event_ts": workspace.next_ts(),
        }
        self.slack.event("app_home_opened", event, channel=None)

    # --- within -------------------------------------------------------------------------------

    async def _command(self, user: str, channel: Channel, text: str, thread: str | None) -> None:
        slack = self.slack
        command, _, words = text.partition(" ")
        if thread is not None:
            raise Unwanted(f"{command} is not supported in threads. Sorry!")
        if command not in slack.app.commands:
            raise Unwanted(
                f"{command} is not a valid command. In Slack, all messages that start with the"
                ' "/" character are interpreted as commands.'
            )
        words = words.strip()
        if command in slack.app.escapes:
            words = composed(slack.workspace, words, names=True)
        payload = payloads.slash_command(slack, user, channel, command, words)
        outcome = await self._deliver("slash_commands", f"{command} {words}", payload, True)
        self._unheard(outcome, user, channel.id, None, what=command)
        if isinstance(outcome, Acknowledged) and outcome.payload:
            self._answered(user, channel, command, outcome.payload)

    def _answered(
        self, user: str, channel: Channel, command: str, answer: Mapping[str, Any]
    ) -> None:
        """The acknowledgement was a message."""
        url = ResponseUrl(channel=channel.id, user=user, issued=self.slack.workspace.now())
        try:
            calls_chat.check(self.slack, answer, update=False)
            say(self.slack, url, answer)
        except Refusal as refusal:
            self.slack.journal.complain(f"the answer to {command} was refused: {refusal.error}")
            self._unheard(Failed("http_error"), user, channel.id, None, what=command)

    def _mention(self, message: Message, channel: Channel) -> None:
        """Direct messages are no mentions: the app hears of them as messages."""
        slack = self.slack
        if channel.kind == "im":
            return
        if slack.app.bot_user not in channel.members:
            name = slack.workspace.users[slack.app.bot_user].name
            slack.tell(message.user, channel.id, f"@{name} is not in this channel. Invite them?")
            return
        event = {
            **shapes.message_json(slack.workspace, message),
            "type": "app_mention",
            "channel": channel.id,
            "event_ts": message.ts,
        }
        slack.event("app_mention", event, channel=channel)

    async def _deliver(
        self, kind: Kind, what: str, payload: dict[str, Any], answerable: bool = False
    ) -> Outcome:
        delivery = Delivery(
            id=self.slack.envelope(), kind=kind, what=what, payload=payload, answerable=answerable
        )
        return await self.slack.outbox.deliver(delivery)

    def _unheard(
        self,
        outcome: Outcome,
        user: str,
        channel: str,
        thread: str | None,
        what: str = "That",
    ) -> None:
        """What Slack tells somebody whose act the app did not acknowledge."""
        if isinstance(outcome, Failed):
            error = _HOW_SLACK_CALLS_IT.get(outcome.reason, "dispatch_failed")
            words = f'{what} failed with the error "{error}"'
            self.slack.tell(user, channel, escaped(words), thread=thread)

    def _submitted(self, view: View, answer: Mapping[str, Any]) -> None:
        match answer.get("response_action"):
            case "errors":
                told = answer.get("errors")
                if not isinstance(told, Mapping) or not told:
                    raise Refusal("invalid_errors")
                view.errors = {str(name): str(words) for name, words in told.items()}
                known = {one.get("block_id") for one in view.body["blocks"]}
                for block in sorted(view.errors.keys() - known):
                    self.slack.journal.complain(
                        f"errors for {block}, which is no block of the view"
                    )
                self.slack.workspace.changed()
            case "update":
                replace(self.slack, view, checked(self.slack, answer.get("view"), "modal"))
            case "push":
                push_on(self.slack, view.user, checked(self.slack, answer.get("view"), "modal"))
            case "clear":
                for one in self.slack.workspace.stack(view.user):
                    close(self.slack, one)
            case None:
                close(self.slack, view)
            case other:
                self.slack.journal.complain(f"{other} is no response_action")
                raise Unwanted(_TROUBLE)

    def _place(self, user: str, channel: str) -> Channel:
        found = self.slack.workspace.channels.get(channel)
        if found is None or (found.kind != "public" and user not in found.members):
            raise Unwanted("That channel is not there.")
        if found.archived:
            raise Unwanted("This channel is archived.")
        if user not in found.members:
            raise Unwanted("You are not in this channel. Join it first.")
        return found

    def _own(self, user: str, channel: str, ts: str) -> Message:
        message = self.slack.workspace.find(channel, ts)
        if message is None or message.user != user:
            raise Unwanted("Only your own messages can be changed.")
        return message

    def _view(self, user: str, view_id: str) -> View:
        view = self.slack.workspace.views.get(view_id)
        if view is None or view.user != user:
            raise Unwanted("That window is gone.")
        return view

    def _action(
        self,
        blocks: object,
        block_id: str,
        action_id: str,
        value: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        """What Slack says was used; block ids that the app left out are Slack's to make up."""
        for found_block, element in elements(blocks):
            if element.get("action_id") == action_id and block_id in ("", found_block):
                action = {
                    "type": element["type"],
                    "action_id": action_id,
                    "block_id": found_block,
                    "action_ts": self.slack.workspace.next_ts(),
                }
                for name in ("value", "text"):
                    if name in element:
                        action[name] = element[name]
                return {**action, **(value or {})}
        raise Unwanted("That button is gone.")


def elements(node: object, block: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(block id, element) of everything that can be used, in order."""
    if isinstance(node, Mapping):
        block = str(node.get("block_id", block))
        if "action_id" in node:
            yield block, node
        for child in node.values():
            yield from elements(child, block)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from elements(child, block)


def _left_empty(blocks: object, state: Mapping[str, Any]) -> dict[str, str]:
    """What Slack's own window says of inputs that must be filled in."""
    found: dict[str, str] = {}
    for block in blocks if isinstance(blocks, list) else ():
        if block.get("type") != "input" or block.get("optional"):
            continue
        told = (state.get(block.get("block_id")) or {}).get(block["element"]["action_id"]) or {}
        filled = any(told.get(name) for name in _VALUES)
        if not filled:
            found[str(block.get("block_id"))] = "Please complete this required field."
    return found


_VALUES = (
    "value",
    "selected_option",
    "selected_options",
    "selected_user",
    "selected_users",
    "selected_conversation",
    "selected_channel",
    "selected_date",
    "selected_time",
    "selected_date_time",
)
