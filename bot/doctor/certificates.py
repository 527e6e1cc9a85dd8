"""The certificate of the doors: whether it can be used, for whom, and for how long yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.examining import Area, Check, aside
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning
from kubectl_smart.bot.serve.settings import TlsModel
from kubectl_smart.bot.serve.web import tls_context
from kubectl_smart.memory.records.errors import BadInput

SOON = timedelta(days=21)
"""Before its end a certificate is warned of."""
_ANEW = "make a new one, as in deploy/README.md, step 2, then restart `serve`, which reads it once"


def area(case: Case) -> Area:
    """Of `capture.doors.tls`."""
    tls = None
    if case.model is not None and case.model.capture is not None:
        tls = case.model.capture.doors.tls
    now = datetime.fromtimestamp(case.now / 1_000_000, UTC)
    late = "the disk with the certificates does not answer: look at it with `df`"
    checks = [Check("certificate", lambda: aside(lambda: _looked(tls, now)), late)]
    return Area("TLS", checks if case.model is not None else [])


def _looked(tls: TlsModel | None, now: datetime) -> Sequence[Outcome]:
    if tls is None:
        said = "no capture.doors.tls: doors are open to this machine only, in plain HTTP"
        return [not_configured(said)]
    try:
        chain = x509.load_pem_x509_certificates(Path(tls.certificate).read_bytes())
    except (OSError, ValueError) as problem:
        said = f"capture.doors.tls.certificate: {tls.certificate} cannot be read: {problem}"
        return [failed(said, "name a file with the certificate in PEM form, that we may read")]
    broken = _key_trouble(tls, chain[0]) or _clients_trouble(tls)
    if broken is not None:
        return [broken]
    try:
        tls_context(tls)
    except BadInput as problem:
        return [failed(problem.message, problem.remedy)]
    return [_lasting(chain[0], now), *_named(chain[0])]


def _key_trouble(tls: TlsModel, certificate: x509.Certificate) -> Outcome | None:
    try:
        key = load_pem_private_key(Path(tls.key).read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
        said = f"capture.doors.tls.key: {tls.key} cannot be read: {problem}"
        return failed(said, "name a file with the key in PEM form, without a password")
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        said = f"{tls.key} is not the key of {tls.certificate}"
        return failed(said, "name the two files that were made together", *_compared(tls))
    return None


def _compared(tls: TlsModel) -> Sequence[str]:
    return (
        f"openssl x509 -in {tls.certificate} -noout -pubkey",
        f"openssl pkey -in {tls.key} -pubout",
    )


def _clients_trouble(tls: TlsModel) -> Outcome | None:
    if not tls.clients:
        return None
    try:
        x509.load_pem_x509_certificates(Path(tls.clients).read_bytes())
    except (OSError, ValueError) as problem:
        said = f"capture.doors.tls.clients: {tls.clients} cannot be read: {problem}"
        return failed(said, "name a file with the authorities' certificates in PEM form")
    return None


def _lasting(certificate: x509.Certificate, now: datetime) -> Outcome:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        remedy = "see whether this machine's clock is right, or make a new one"
        return failed(f"the certificate is valid from {begin:%Y-%m-%d %H:%M} UTC on only", remedy)
    if now >= end:
        said = f"the certificate ended on {end:%Y-%m-%d %H:%M} UTC: nobody connects any more"
        return failed(said, _ANEW)
    said = f"the certificate is valid until {end:%Y-%m-%d %H:%M} UTC"
    if end - now < SOON:
        return warning(f"{said}, in less than {SOON.days} days", _ANEW)
    return ok(f"{said}, and the key is its own")


def _named(certificate: x509.Certificate) -> Sequence[Outcome]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        said = "the certificate has no subjectAltName, so no client accepts it for any name"
        return [failed(said, _ANEW)]
    names = [
        *found.get_values_for_type(x509.DNSName),
        *map(str, found.get_values_for_type(x509.IPAddress)),
    ]
    return [ok(f"it is for {', '.join(names)}: senders have to use one of these names")]
