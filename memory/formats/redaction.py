"""Credentials -> keyed fingerprints, before anything is hashed, stored or shown.

Capture redacts every object and every text that comes in. A fingerprint is
`redacted:` and 16 hex digits of an HMAC-SHA256 under the memory's own key: equal values give
equal fingerprints, so a rotation is visible, and without the key nothing can be guessed.

Of a Secret every value goes. Elsewhere, what `credentials` recognises goes: whole, where the
name says it; only the credential, where it stands inside other text. Redacting twice changes
nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any

import orjson

from kubectl_smart.memory.formats import credentials
from kubectl_smart.memory.records.changes import Json

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MAX_CACHED = 65_536
_MAX_CACHED_CHARS = 8_000_000
_SECRET_DATA = ("data", "stringData")
# Under these names a long random string is a digest, a certificate or a public key.
_PUBLIC = (
    "caBundle certificate request uid resourceVersion image imageID containerID providerID "
    "volumeHandle holderIdentity digest checksum hash signature encryptedData ciphertext"
)
_PUBLIC_NAMES = frozenset(_PUBLIC.split())
_PUBLIC_SUFFIXES = (
    "hash",
    "checksum",
    "digest",
    ".crt",
    ".pem",
    ".pub",
    "sha256",
    "cert",
    "publickey",
)
_TEXT = "\0text"
# What goes may bring together what then looks like a credential; it settles at once or nearly so.
_MAX_PASSES = 8


class Redactor:
    """Redacts with one key. Not thread-safe: it remembers strings it found clean."""

    def __init__(self, key: bytes) -> None:
        """`key`: any length from 16 bytes on; ValueError if it is shorter."""
        if len(key) < 16:
            raise ValueError("a redaction key needs at least 16 bytes")
        self._key = key
        self._clean: set[tuple[str, str]] = set()
        self._clean_chars = 0

    def fingerprint(self, value: bytes) -> str:
        """What stands for this value: `redacted:` and 16 hex digits."""
        return f"redacted:{hmac.digest(self._key, value, 'sha256').hex()[:16]}"

    def redact(self, obj: Json) -> Json:
        """The object without credentials; `obj` itself, if it holds none. Never changes `obj`.

        A Secret, and every Secret in a list of objects, loses all its values.
        """
        if type(obj) is dict:
            kind = obj.get("kind")
            if kind == "Secret":
                return self.secret(obj)
            if kind == "SecretList" and type(obj.get("items")) is list:
                return {**obj, "items": [self.secret(item) for item in obj["items"]]}
            return self._map(obj)
        if type(obj) is list:
            return self._list(obj)
        return self._string(obj, "") if type(obj) is str else obj

    def redact_text(self, text: str) -> str:
        """Free text or a command line with every credential in it replaced."""
        return self._string(text, _TEXT)

    def secret(self, obj: Json) -> Json:
        """A Secret, a patch to one, or a JSON patch to one, with every value replaced."""
        if type(obj) is list:
            return [self._json_patch_operation(item) for item in obj]
        if type(obj) is not dict:
            return self.redact(obj)
        redacted = {k: v for k, v in obj.items() if k not in _SECRET_DATA}
        redacted = dict(self._map(redacted))
        for field in _SECRET_DATA:
            if field in obj:
                redacted[field] = self._values(obj[field], encoded=field == "data")
        metadata: Any = redacted.get("metadata")
        annotations = metadata.get("annotations") if type(metadata) is dict else None
        if type(annotations) is dict and type(annotations.get(LAST_APPLIED)) is str:
            original = obj["metadata"]["annotations"][LAST_APPLIED]
            applied = {**annotations, LAST_APPLIED: self._applied(original, secret=True)}
            redacted["metadata"] = {**metadata, "annotations": applied}
        return {key: redacted[key] for key in obj}

    # --- Secrets --------------------------------------------------------------------------

    def _values(self, values: Any, *, encoded: bool) -> Any:
        if type(values) is dict:
            return {k: self._secret_value(v, encoded=encoded) for k, v in values.items()}
        return self._secret_value(values, encoded=encoded)

    def _secret_value(self, value: Any, *, encoded: bool) -> Any:
        if value is None:
            return None
        if type(value) is not str:
            return self.fingerprint(orjson.dumps(value, option=orjson.OPT_SORT_KEYS))
        if credentials.FINGERPRINT.fullmatch(value):
            return value
        raw = value.encode("utf-8", "surrogatepass")
        if encoded:
            try:
                raw = base64.b64decode(raw, validate=True)
            except binascii.Error:
                return self.fingerprint(raw)
        return self.fingerprint(raw)

    def _json_patch_operation(self, operation: Any) -> Any:
        if type(operation) is not dict or "value" not in operation:
            return self.redact(operation)
        path: Any = operation.get("path")
        root = path.split("/")[1] if type(path) is str and path.count("/") else ""
        value = operation["value"]
        if root in _SECRET_DATA:
            safe = self._values(value, encoded=root == "data")
        elif type(value) is dict:
            safe = self.secret(value)
        elif root == "metadata" and type(value) is str and LAST_APPLIED in path.replace("~1", "/"):
            safe = self._applied(value, secret=True)
        else:
            safe = self.redact(value)
        return {**operation, "value": safe}

    def _applied(self, text: str, *, secret: bool) -> str:
        """A last-applied-configuration; the same text if nothing in it had to go."""
        try:
            parsed = orjson.loads(text)
        except ValueError:
            if secret and not credentials.FINGERPRINT.fullmatch(text):
                return self.fingerprint(text.encode("utf-8", "surrogatepass"))
            return self._string(text, _TEXT)
        redacted = self.secret(parsed) if secret else self.redact(parsed)
        if redacted == parsed:
            return text
        return orjson.dumps(redacted).decode() + ("\n" if text.endswith("\n") else "")

    # --- everything else ------------------------------------------------------------------

    def _map(self, obj: dict[str, Any], context: str = "") -> dict[str, Any]:
        clean = self._clean
        changed: dict[str, Any] | None = None
        value_name = obj.get("name") if "value" in obj else None
        for key, value in obj.items():
            kind = type(value)
            if kind is str:
                name = key
                if key == "value" and type(value_name) is str:
                    name = "$" + value_name
                elif context:
                    name = context + key
                if (name, value) in clean:
                    continue
                new: Any = self._string(value, name)
            elif kind is dict:
                new = self._inner(value, "$" if key in _SECRET_DATA else "")
            elif kind is list:
                new = self._list(value)
            else:
                continue
            if new is not value:
                if changed is None:
                    changed = dict(obj)
                changed[key] = new
        return obj if changed is None else changed

    def _inner(self, obj: dict[str, Any], context: str = "") -> dict[str, Any]:
        """A map inside another: a Secret, if it is one that holds values."""
        if obj.get("kind") == "Secret" and not obj.keys().isdisjoint(_SECRET_DATA):
            secret: dict[str, Any] = self.secret(obj)
            return secret
        return self._map(obj, context)

    def _list(self, items: list[Any]) -> list[Any]:
        changed: list[Any] | None = None
        flag = ""
        for index, item in enumerate(items):
            kind = type(item)
            if kind is str:
                new: Any = item if ("", item) in self._clean and not flag else None
                if new is None:
                    new = self._string(item, f"${flag}" if flag else "")
                bare_flag = item[:1] == "-" and "=" not in item and " " not in item
                flag = item.lstrip("-") if bare_flag else ""
            elif kind is dict:
                new = self._inner(item)
            elif kind is list:
                new = self._list(item)
            else:
                continue
            if new is not item:
                if changed is None:
                    changed = list(items)
                changed[index] = new
        return items if changed is None else changed

    def _string(self, value: str, name: str) -> str:
        """One string; `name` is its field, `$` and its variable or key, or _TEXT for prose."""
        if (name, value) in self._clean:
            return value
        new = self._redacted(value, name)
        if new == value:
            self._remember(name, value)
            return value
        return new

    def _remember(self, name: str, value: str) -> None:
        self._clean_chars += len(value)
        if len(self._clean) >= _MAX_CACHED or self._clean_chars > _MAX_CACHED_CHARS:
            self._clean.clear()
            self._clean_chars = len(value)
        self._clean.add((name, value))

    def _redacted(self, value: str, name: str) -> str:
        if name == LAST_APPLIED:
            return self._applied(value, secret=_is_secret(value))
        bare = name.removeprefix("$")
        if "\n" not in value.strip() and name != _TEXT and name:
            sensitive = credentials.is_sensitive_name(bare, field=bare is name)
            if sensitive and not credentials.is_placeholder(value):
                return self.fingerprint(value.encode("utf-8", "surrogatepass"))
        if not credentials.maybe(value):
            return value
        random = bare not in _PUBLIC_NAMES and not bare.lower().endswith(_PUBLIC_SUFFIXES)
        for _ in range(_MAX_PASSES):
            new = self._without_spans(value, random=random)
            if new == value:
                break
            value = new
        return value

    def _without_spans(self, value: str, *, random: bool) -> str:
        parts: list[str] = []
        at = 0
        for start, end in credentials.spans(value, random=random):
            raw = value[start:end].encode("utf-8", "surrogatepass")
            parts += (value[at:start], self.fingerprint(raw))
            at = end
        return value if not parts else "".join(parts) + value[at:]


def _is_secret(text: str) -> bool:
    return '"Secret"' in text and '"kind"' in text
