"""`doctor` on certificates made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from tests.support.doctored import look


def certificate(folder: Path, *more: str, name: str = "tls", san: str = "DNS:smart.svc") -> None:
    """A self-signed one, with its key."""
    extension = ["-addext", f"subjectAltName={san}"] if san else []
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=smart.svc", "-keyout", str(folder / f"{name}.key"),
         "-out", str(folder / f"{name}.crt"), *extension, *more],
        check=True, capture_output=True,
    )  # fmt: skip


def looked_at(
    folder: Path, certificate: str = "tls.crt", key: str = "tls.key", **more: str
) -> list:
    """What the doctor says of it."""
    tls = {"certificate": str(folder / "tls.crt"), "key": str(folder / key), **more}
    config = {"capture": {"doors": {"tls": tls}}}
    return look(folder, yaml.safe_dump(config)).of("TLS", "certificate")


def test_a_certificate_as_it_should_be(tmp_path: Path) -> None:
    """Until when, and for which names."""
    certificate(tmp_path, "-days", "90", san="DNS:smart.svc,IP:10.0.0.7")
    lasting, named = looked_at(tmp_path)
    assert (lasting["state"], named["state"]) == ("ok", "ok")
    assert "smart.svc, 10.0.0.7" in named["said"]


def test_a_certificate_that_ends_soon_is_warned_of(tmp_path: Path) -> None:
    """Three weeks before."""
    certificate(tmp_path, "-days", "20")
    lasting, _ = looked_at(tmp_path)
    assert lasting["state"] == "warning"
    assert "less than 21 days" in lasting["said"]
    assert "deploy/README.md, step 2" in lasting["remedy"]


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    """With the two commands that show it."""
    certificate(tmp_path)
    certificate(tmp_path, name="other")
    (one,) = looked_at(tmp_path, key="other.key")
    assert one["state"] == "failed"
    assert "is not the key of" in one["said"]
    assert one["steps"][0].startswith("openssl x509 -in ")


def test_a_certificate_without_names_is_told(tmp_path: Path) -> None:
    """No client accepts one by its common name any more."""
    certificate(tmp_path, san="")
    _, named = looked_at(tmp_path)
    assert (named["state"], "subjectAltName" in named["said"]) == ("failed", True)


@pytest.mark.parametrize(
    ("broken", "said"),
    [("tls.crt", "capture.doors.tls.certificate"), ("tls.key", "capture.doors.tls.key")],
)
def test_a_file_that_is_no_pem_is_told(tmp_path: Path, broken: str, said: str) -> None:
    """By its key in the configuration."""
    certificate(tmp_path)
    (tmp_path / broken).write_text("nothing of the kind")
    (one,) = looked_at(tmp_path)
    assert one["state"] == "failed"
    assert said in one["said"]
    assert "PEM" in one["remedy"]


def test_authorities_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """Those that sign clients' certificates."""
    certificate(tmp_path)
    (one,) = looked_at(tmp_path, clients=str(tmp_path / "none.crt"))
    assert (one["state"], "capture.doors.tls.clients" in one["said"]) == ("failed", True)
