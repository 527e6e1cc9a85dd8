"""What looks like a credential: names of fields, and shapes of values.

`redaction` asks; this module only knows. Two kinds of evidence:

- a name whose last words say so (`DB_PASSWORD`, `clientSecret`, `--api-key`), with a value that
  is not merely a switch, a path, a reference or a template;
- a value that says so itself, whatever it is called: a private key, a vendor's token, a JWT,
  a password inside a URL, an Authorization header, or a long random token.

Precision matters as much as recall: a state must equal the real object, so digests, uids,
hashes, certificates and references to Secrets are nobody's credentials.

Why not a library: detect-secrets takes 200 ms to import and tens of plugins a line, reports
lines rather than spans, and takes image digests and checksums for keys; what is needed here
is one compiled expression behind a cheap filter.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from math import log2

FINGERPRINT = re.compile(r"redacted:[0-9a-f]{16}")

# --- names --------------------------------------------------------------------------------

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SENSITIVE = _words(
    "password passwd passphrase passcode pwd passwort secret token credential credentials creds "
    "apikey accesskey privatekey secretkey authkey authtoken accesstoken apitoken apisecret "
    "clientsecret dbpassword dbpass dbpwd userpassword rootpassword bearer pgpassword mysqlpwd"
)
_KINDS_OF_KEY = _words(
    "api access private secret auth encryption signing account master shared session service "
    "license ssh crypt cipher hmac jwt storage subscription"
)
_KINDS_OF_PASS = _words("auth db user smtp mysql postgres redis admin root")
_LONE = frozenset({"pass", "auth"})
# What may follow without changing what the thing is: DB_PASSWORD_PROD, TOKEN_2, SECRET_B64.
_TAIL = _words(
    "prod production staging stage dev test live old new current previous next primary secondary "
    "value b64 base64 encoded plain plaintext default admin root main master txt"
)
# A Secret's *name* is what these mean outside of an environment: `…/auth-secret: basic-users`.
_REFERENCE_WORDS = _words("secret credential credentials creds bearer")
_REFERRING = _words("existing pull tls ca cert certificate image external")
_OWNED_SECRET = _words(
    "client app shared api webhook jwt signing consumer session cookie oauth hmac"
)
# Fields that name a key inside a Secret (External Secrets and others), not the key itself.
_REFERENCES_IN_FIELDS = _words("secretKey accessKey privateKey tokenKey passwordKey")


@lru_cache(maxsize=8_192)
def is_sensitive_name(name: str, *, field: bool) -> bool:
    """True if a string under this name is a credential.

    `field`: the name is a field or annotation of an object, where `secret: x` names a Secret;
    otherwise it is an environment variable, a ConfigMap key or a flag, where it is the thing.
    """
    if len(name) > 128 or (field and name in _REFERENCES_IN_FIELDS):
        return False
    words = [word.lower() for word in _WORD.findall(name.rpartition("/")[2])]
    while len(words) > 1 and (words[-1] in _TAIL or words[-1].isdigit()):
        words.pop()
    if not words:
        return False
    last = words[-1]
    before = words[-2] if len(words) > 1 else ""
    if last == "secret" and before in _REFERRING:
        return False
    if field and last in _REFERENCE_WORDS:
        return last == "secret" and before in _OWNED_SECRET
    if last in _SENSITIVE or (last == "key" and before in _KINDS_OF_KEY):
        return True
    if last == "pass" and before in _KINDS_OF_PASS:
        return True
    return not field and last in _LONE and (last == "pass" or len(words) == 1)


_NO_VALUE = re.compile(
    r"(?:true|false|yes|no|on|off|none|null|nil|enabled|disabled|required|optional|auto|default"
    r"|\$\([^)]*\)|\$\{[^}]*\}|\$[A-Z_][A-Z0-9_]*|\{\{.*\}\}|<[^<>]*>|%[A-Z_]+%|\*+|x{3,}|\.{3}|"
    r"redacted:[0-9a-f]{16}"
    r"|(?:file|vault|ref\+[a-z]+|aws-sm|gcp-sm|secretref|arn):[^\s]*"
    r"|/(?:etc|var|run|mnt|opt|home|secrets?|tmp|vault|usr|app|config|data|root|srv)/[^\s]*"
    r"|)\Z",
    re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """True for what stands where a credential would: a switch, path, reference, fingerprint."""
    return _NO_VALUE.match(value.strip()) is not None


# --- values -------------------------------------------------------------------------------

# One cheap look: most strings of most objects hold none of this and are done.
_MAYBE = re.compile(
    r"-----BEGIN|AKIA|ASIA|gh[opsur]_|github_pat_|gl[a-z]{2,5}-|xox[a-z]-|xapp-|hooks\.slack"
    r"|[sr]k[-_]|whsec_|AIza|ya29\.|npm_|pypi-|SG\.|do[opr]_v1_|hv[sbr]\.|AGE-SECRET|eyJ"
    r"|shp[a-z]{2}_|dapi|://[^/\s:]*:[^\s@]{1,128}@|[Bb]earer |[Bb]asic |BEARER |BASIC "
    r"|[Pp]ass|PASS|[Pp]wd|PWD|[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Cc]redential|CREDENTIAL|[Cc]reds"
    r"|[Kk]ey|KEY|[Aa]uth|AUTH|-u |--user"
    r"|[A-Za-z0-9+/_-]{32}"
)
_BLOCK = re.compile(r"-----BEGIN (?![A-Z0-9 ]*PRIVATE KEY)([A-Z0-9 ]{1,60})-----")
_KEY_WORDS = (
    r"passw(?:or)?d|passphrase|passwort|pwd|secret|token|api[_.-]?key|access[_.-]?key"
    r"|private[_.-]?key|secret[_.-]?key|auth[_.-]?key|account[_.-]?key|credentials?"
    r"|requirepass|masterauth|_auth"
)
_VALUE = re.compile(
    r"(?P<pem>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z))"
    r"|(?P<vendor>(?<![A-Za-z0-9_-])(?:"
    r"(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[opsur]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}"
    r"|gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas)-[A-Za-z0-9_.-]{16,}"
    r"|xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[0-9A-Za-z-]{10,}"
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}"
    r"|sk-(?:[a-z]{2,8}[0-9]{0,2}-)*[A-Za-z0-9_-]{20,}"
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{32,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|do[opr]_v1_[a-f0-9]{64}|hv[sbr]\.[A-Za-z0-9_-]{20,}|shp[a-z]{2}_[a-fA-F0-9]{32}"
    r"|dapi[a-f0-9]{32}|AGE-SECRET-KEY-1[0-9A-Z]{50,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"))"
    r"|(?<=hooks\.slack\.com/services/)(?!redacted:)(?P<hook>[A-Za-z0-9/]{10,})"
    r"|(?<=://)[^\s/:@'\"]*:(?P<url>[^\s/@'\"]+|(?!\d{1,5}[/,;?#])[^\s@'\"]{1,128})(?=@[A-Za-z0-9.\[$({_-])"
    r"|\b(?:[Bb]earer|BEARER)[ ]+(?!redacted:)(?P<bearer>[A-Za-z0-9._~+/=-]{8,})"
    r"|\b(?:[Bb]asic|BASIC)[ ]+(?!redacted:)(?P<basic>[A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9 ])"
    rf"|(?i:(?<![A-Za-z0-9_.-])(?P<name>[A-Za-z0-9_.-]{{0,100}}(?:{_KEY_WORDS})[A-Za-z0-9_]{{0,60}})"
    r"(?P<sep>(?:\\*['\"])?[ \t]*(?:=>|:=|[=:])[ \t]*|[ ]+is:?[ ]+|[ \t]+(?![-=|&;<>]))"
    r"(?:\\+\"(?P<eq>[^\"\\\n]+)\\+\"|\"(?P<dq>(?:[^\"\\\n]|\\.)+)\"|'(?P<sq>[^'\n]+)'|(?P<bare>[^\s'\",;&{}\[\]]+)))"
    r"|(?:(?<=\s-u )|(?<=^-u )|(?<=--user )|(?<=--user=))[^\s:]+:(?!redacted:)(?P<user>[^\s'\"]+)"
    r"|(?P<random>(?<![A-Za-z0-9+/_=.:-])[A-Za-z0-9+/_-]{32,200}={0,2}(?![A-Za-z0-9+/_=-]))",
    re.DOTALL,
)
_DIRECT = ("pem", "vendor", "hook", "user")
_QUOTED = ("eq", "dq", "sq")
_PUBLIC_RANDOM = re.compile(
    r"LS0tLS1CRUdJTiBDRVJU|LS0tLS1CRUdJTiBQVUJM|AAAA[BCE][0-9A-Za-z]|MII[A-Za-z0-9]{5}|sha(?:256|384|512)-"
)


_RUNS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_MIN_SWITCHES = 0.3
_MAX_IN_WORDS = 0.4
_MIN_ENTROPY = 4.0


def looks_random(text: str) -> bool:
    """True for a token that no person and no naming scheme would make up.

    Lower case, upper case and digits, changing often, evenly spread, and hardly ever three
    small letters in a row; hexadecimal digests, uids and names of things are not that.
    """
    if _PUBLIC_RANDOM.match(text):
        return False
    runs = _RUNS.findall(text)
    if len({"a" if run.islower() else "A" if run.isupper() else "0" for run in runs}) < 3:
        return False
    total = len(text)
    in_words = sum(len(run) for run in runs if len(run) > 2 and run.islower())
    if len(runs) < _MIN_SWITCHES * total or in_words > _MAX_IN_WORDS * total:
        return False
    spread = Counter(text).values()
    return -sum(n / total * log2(n / total) for n in spread) >= _MIN_ENTROPY


def maybe(text: str) -> bool:
    """False if the text surely holds no credential: the cheap look."""
    return _MAYBE.search(text) is not None


def spans(text: str, *, random: bool = True) -> Iterator[tuple[int, int]]:
    """(start, end) of every credential in the text, in order, without overlaps.

    `random`: also long random tokens that nothing else betrays.
    """
    public = _public_blocks(text) if "-----BEGIN" in text else []
    marks = [mark.span() for mark in FINGERPRINT.finditer(text)] if "redacted:" in text else []
    at = 0
    while (match := _VALUE.search(text, at)) is not None:
        start, end = match.span()
        inside = next((block for block in public if block[0] <= start < block[1]), None)
        if inside is not None:
            at = inside[1]
            continue
        found = _span_of(match, random=random)
        mark = found and next((m for m in marks if m[0] <= found[0] and found[1] <= m[1]), None)
        if mark:
            at = mark[1]
            continue
        if found is not None and found[0] < found[1]:
            yield found
            at = found[1]
        elif match["name"]:
            at = match.end("name")
        else:
            at = end if end > start else end + 1


def _public_blocks(text: str) -> list[tuple[int, int]]:
    """(start, end) of certificates, public keys and the like: what is armoured, but no key."""
    found: list[tuple[int, int]] = []
    unclosed: set[str] = set()
    for begin in _BLOCK.finditer(text):
        label = begin[1]
        end = -1 if label in unclosed else text.find(f"-----END {label}-----", begin.end())
        if end < 0:
            unclosed.add(label)
        elif not found or begin.start() >= found[-1][1]:
            found.append((begin.start(), end + len(f"-----END {label}-----")))
    return found


def _span_of(match: re.Match[str], *, random: bool) -> tuple[int, int] | None:
    """The part of a match that must go; None if it is nobody's credential after all."""
    for group in _DIRECT:
        if match[group]:
            return None if FINGERPRINT.fullmatch(match[group]) else match.span(group)
    if match["url"]:
        return None if is_placeholder(match["url"]) else match.span("url")
    if match["random"]:
        return match.span("random") if random and looks_random(match["random"]) else None
    if match["bearer"]:
        return None if match["bearer"].strip(".").isalpha() else match.span("bearer")
    if match["basic"]:
        return match.span("basic") if _is_basic(match["basic"]) else None
    return _named_span(match)


def _named_span(match: re.Match[str]) -> tuple[int, int] | None:
    """The value beside a name; None if the name or the value is harmless."""
    group = next((quoted for quoted in _QUOTED if match[quoted]), "bare")
    value = match[group]
    if not value or is_placeholder(value):
        return None
    if not is_sensitive_name(match["name"].lstrip("-."), field=False):
        return None
    if group == "bare" and not _bare_is_value(match, value):
        return None
    return None if not match["sep"].strip() and match["name"][0] != "-" else match.span(group)


def _is_basic(value: str) -> bool:
    """True if this is the `user:password` of an Authorization header."""
    try:
        return b":" in b64decode(value + "=" * (-len(value) % 4))
    except binascii.Error:
        return False


def _bare_is_value(match: re.Match[str], value: str) -> bool:
    """Prose says `the token: it expires`; configuration says `token=abc`."""
    separator = match["sep"].strip().strip("'\"")
    if separator in ("=", ":=", "=>"):
        return True
    if separator.startswith("is"):
        return len(value) >= 6 and not value.rstrip(".!?").isalpha()
    if not separator:
        return match["name"][0] == "-"
    return match["sep"].endswith((" ", "\t", ":")) and len(value) >= 6 and not value.isalpha()
