"""Where secrets are: an environment variable, or a file that only its owner can read.

Read once, when the bot starts; no error shows any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, model_validator

from kubectl_smart.bot.configuring import Strict
from kubectl_smart.memory.records.errors import BadInput

_TOKEN = re.compile(r"xox[a-z]-|xapp-|xoxe\.")


class Secret(Strict):
    """Where a secret is: exactly one of the two."""

    env: str = Field(default="", description="name of the environment variable that holds it")
    file: str = Field(
        default="", description="path of the file that holds it; its mode must be 0600"
    )

    @model_validator(mode="before")
    @classmethod
    def _no_token(cls, given: object) -> object:
        held = [given] if isinstance(given, str) else list(dict(given or {}).values())  # type: ignore[call-overload]
        if any(isinstance(one, str) and _TOKEN.match(one) for one in held):
            raise ValueError("a token stands in this file; put it into a file of its own")
        return given

    @model_validator(mode="after")
    def _one_of_them(self) -> Secret:
        if bool(self.env) == bool(self.file):
            raise ValueError("give either env or file")
        return self


def secret(where: Secret | None, name: str, environment: Mapping[str, str]) -> str:
    """A secret from its place; "" for none. BadInput if it is not there, or others can read it."""
    if where is None:
        return ""
    if where.env:
        found = environment.get(where.env, "").strip()
        if not found:
            raise BadInput(f"{name}: ${where.env} is not set", "set it to the secret")
        return found
    path = Path(where.file).expanduser()
    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            raise BadInput(
                f"{name}: {path} can be read by others", f"run chmod 600 {path}, then try again"
            )
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"{name}: {path} cannot be read: {problem}", "name another file") from None
