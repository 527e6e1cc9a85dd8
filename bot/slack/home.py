"""The app's own page in Slack: open incidents, how to ask, what somebody may see. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.grammar.helping import VERBS
from kubectl_smart.bot.render import blocks, blocks_words
from kubectl_smart.bot.render.messages import context, section
from kubectl_smart.bot.render.mrkdwn import prose
from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.records.incidents import Incident


def view(
    incidents: Sequence[Incident],
    sight: Sight | None,
    command: str,
    zone: tzinfo,
    refusal: SmartError | None,
) -> dict[str, Any]:
    """The page of one person; with `refusal` only that sentence.

    incidents  open ones, newest first, as the person may see them
    """
    if sight is None or refusal is not None:
        said = blocks.error(refusal or SmartError("nothing is shown", ""), zone)
        return {"type": "home", "blocks": [_header("kubectl-smart"), *said.blocks]}
    listed = blocks_words.incident_list(incidents, zone)
    examples = "\n".join(f"`{command} {one.example}`  {one.purpose}" for one in VERBS)
    seen = "everything" if sight.namespaces is None else _places(sight)
    seen += "" if sight.may is None else ", as far as the cluster lets you"
    return {
        "type": "home",
        "blocks": [
            _header("Open incidents"),
            *(listed.blocks if incidents else [section("None.")]),
            {"type": "divider"},
            _header("Ask the cluster's memory"),
            section(examples),
            context(f"You see {seen}. Inside threads, mention the bot instead of the command."),
        ],
    }


def _places(sight: Sight) -> str:
    names = sorted(one or "what has no namespace" for one in sight.namespaces or ())
    return prose(", ".join(names)) or "nothing"


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}
