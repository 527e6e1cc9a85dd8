"""Names of Services in texts: addresses, URLs, lists of brokers, lines of configuration files.

What counts, from the surest on:

- `svc.ns.svc`, alone or with `.cluster.local` behind it: nothing else is written so.
- A host in a URL (`http://svc:8080`, `jdbc:postgresql://svc.ns/db`, `mongodb://a:27017,b:27017`).
- `svc.ns` as the whole of a value.
- `svc:port`, if the Service has that port: `redis:7` is more often an image.
- A bare word, only if its key ends in a word that says so (host, addr, url, endpoint, server,
  broker …): `REDIS_HOST=redis`, never `CACHE=redis` or `SERVER_NAME=redis`.

All but the first need a Service of that name, which is not known here. A pod of a StatefulSet
(`kafka-0.kafka`) names its Service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST = 262_144
"""Characters of one text that are looked through."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^\s/?#\"'<>\\`]+)")
_HOST_PORT = re.compile(
    rf"(?<![A-Za-z0-9_./:$%{{-])({_HOST})\.?:([0-9]{{1,5}})(?![A-Za-z0-9_.-]|:[0-9])"
)
_QUALIFIED = re.compile(
    rf"(?<![A-Za-z0-9_.-])((?:{_LABEL}\.){{2,3}}svc(?:\.{_LABEL})*)(?![A-Za-z0-9_-])"
)
_WHOLE_HOST = re.compile(rf"({_HOST})\.?\Z")
_PAIR = re.compile(r"[\"']?([A-Za-z_][\w.-]*)[\"']?\s*[:=]\s*[\"']?([^\s\"';}\]]+)")
_TWO_WORDS = re.compile(r"\s*([A-Za-z_][\w.-]*)\s+([^\s;]+)\s*;?\s*\Z")
_HINTS = re.compile(r"[:.\s]")
"""Without any of these a value is a bare word."""
_SEPARATED = re.compile(r"[,;\s]+")
_ORDINAL = re.compile(r".*-[0-9]+\Z")
_COMMENT = ("#", "//", ";", "--")

_NO_HOSTS = frozenset(
    [
        "s3",
        "s3a",
        "s3n",
        "gs",
        "gcs",
        "abfs",
        "abfss",
        "wasb",
        "wasbs",
        "file",
        "unix",
        "data",
        "vault",
        "secret",
        "classpath",
        "docker",
        "docker-pullable",
        "containerd",
        "cri-o",
        "urn",
        "arn",
        "azblob",
    ]
)
"""Schemes behind which no host stands but a bucket, a file, an image."""

_SAYS_SO = frozenset(
    [
        "host",
        "hosts",
        "hostname",
        "hostnames",
        "addr",
        "addrs",
        "address",
        "addresses",
        "url",
        "urls",
        "uri",
        "uris",
        "endpoint",
        "endpoints",
        "server",
        "servers",
        "broker",
        "brokers",
        "dsn",
        "upstream",
        "upstreams",
    ]
)
_SAYS_NOTHING = frozenset(
    [
        "list",
        "primary",
        "replica",
        "master",
        "slave",
        "leader",
        "follower",
        "read",
        "write",
        "ro",
        "rw",
        "internal",
        "external",
        "default",
        "base",
        "public",
        "private",
    ]
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Named(NamedTuple):
    """A Service that a text may mean; port and sure as in `Reference`."""

    namespace: str
    name: str
    port: int = 0
    sure: bool = False


@lru_cache(maxsize=4_096)
def says_so(key: str) -> bool:
    """Whether a key says that its value is an address: by its last word that says anything."""
    for word in reversed(_WORDS.findall(key)):
        if word.lower() in _SAYS_SO:
            return True
        if word.lower() not in _SAYS_NOTHING and not word.isdecimal():
            return False
    return False


def in_value(value: str, key: str, namespace: str) -> list[Named]:
    """The Services that a value may name.

    key        of the variable, flag or entry that holds it: see `says_so`
    namespace  where a name without one is looked for
    """
    hinted = says_so(key)
    if not value or len(value) > LONGEST:
        return []
    if not hinted and not _HINTS.search(value):
        return []
    if "\n" in value or (" " in value.strip() and not hinted):
        return _distinct(_in_text(value, namespace))
    found = list(_anywhere(value, namespace, hinted=hinted))
    if hinted or "." in value:
        found += _whole(value, namespace, bare=hinted)
    return _distinct(found)


def lines_naming(value: str, namespace: str) -> Iterator[tuple[str, Named]]:
    """(line, Service) for each that a configuration file may name; comments say nothing."""
    if len(value) > LONGEST:
        return
    for line in value.splitlines():
        for named in _distinct(_in_line(line, namespace)):
            yield line, named


def _distinct(found: Iterator[Named] | list[Named]) -> list[Named]:
    """Each Service once, as it is named most surely."""
    best: dict[tuple[str, str], Named] = {}
    for one in found:
        held = best.get(one[:2])
        if held is None or (one.sure, not one.port) > (held.sure, not held.port):
            best[one[:2]] = one
    return list(best.values())


def _in_text(value: str, namespace: str) -> Iterator[Named]:
    for line in value.splitlines():
        yield from _in_line(line, namespace)


def _in_line(line: str, namespace: str) -> Iterator[Named]:
    if line.lstrip().startswith(_COMMENT) and not line.lstrip().startswith("--"):
        return
    if "." in line or ":" in line:
        yield from _anywhere(line, namespace, hinted=False)
    pairs = _PAIR.findall(line)
    words = _TWO_WORDS.match(line)
    if words is not None:
        pairs.append((words[1], words[2]))
    for key, value in pairs:
        if says_so(key):
            yield from _anywhere(value, namespace, hinted=True)
            yield from _whole(value.rstrip(",;"), namespace, bare=True)


def _anywhere(value: str, namespace: str, *, hinted: bool) -> Iterator[Named]:
    """What is an address by its form."""
    if ".svc" in value:
        for match in _QUALIFIED.finditer(value):
            yield from _of_host(match[1], namespace, 0)
    if ":" not in value:
        return
    if "://" in value:
        for scheme, authority in _URL.findall(value):
            if scheme.lower() not in _NO_HOSTS:
                for one in authority.partition(";")[0].rpartition("@")[2].split(","):
                    host = _WHOLE_HOST.match(one.partition(":")[0].rstrip(")]}"))
                    if host is not None:
                        yield from _of_host(host[1], namespace, 0)
    for name, port in _HOST_PORT.findall(value):
        yield from _of_host(name, namespace, 0 if hinted else int(port))


def _whole(value: str, namespace: str, *, bare: bool) -> Iterator[Named]:
    """What is an address because the key says so, or for its dot: all of it, or all of a list."""
    for one in _SEPARATED.split(value.strip().strip("\"'")):
        match = _WHOLE_HOST.match(one)
        if match is not None and (bare or "." in match[1]):
            yield from _of_host(match[1], namespace, 0)


def _of_host(host: str, namespace: str, port: int) -> Iterator[Named]:
    """The Services a host name may mean."""
    labels = host.split(".")
    if "svc" in labels[2:4]:
        at = 2 if labels[2] == "svc" else 3
        domain = labels[at + 1 :]
        sure = domain in ([], ["cluster", "local"]) and not labels[at - 2].isdecimal()
        yield Named(labels[at - 1], labels[at - 2], 0 if sure else port, sure)
    elif labels[0].isdecimal():
        return
    elif len(labels) == 1:
        yield Named(namespace, host, port)
    elif len(labels) == 2:
        yield Named(labels[1], labels[0], port)
        if _ORDINAL.match(labels[0]):
            yield Named(namespace, labels[1], port)
    elif len(labels) == 3 and _ORDINAL.match(labels[0]):
        yield Named(labels[2], labels[1], port)
