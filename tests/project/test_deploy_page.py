"""The page that leads a cluster owner to capture: what it tells people to write and run, is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from rendered_manifests import KUSTOMIZE, fault, of_kind, rendered

SOURCE = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[2]))
PAGE = (SOURCE / "deploy" / "README.md").read_text("utf-8")
MANIFEST = SOURCE / "deploy" / "restore-pod.yaml"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _indented() -> str:
    """All commands of the page that stand in indented blocks, as one script."""
    return "\n".join(
        re.findall(r"^ {4}(.*)$", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL), re.MULTILINE)
    )


def test_the_overlay_that_is_shown_renders(tmp_path: Path) -> None:
    """With its component, and the owner's image in the pod."""
    shutil.copytree(KUSTOMIZE, tmp_path / "kustomize")
    mine = tmp_path / "kustomize" / "overlays" / "mine"
    mine.mkdir()
    (mine / "kustomization.yaml").write_text(_blocks("yaml")[0], "utf-8")
    manifests = rendered(mine)
    (pod,) = of_kind(manifests, "StatefulSet")

    image = pod["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "registry.example.com/kubectl-smart:0.1.0"
    assert len(of_kind(manifests, "ClusterRole")) == 2


def test_the_certificate_that_is_made_is_good(tmp_path: Path) -> None:
    """Its chain holds for the Service's name, for a server, and for no other name."""
    (script,) = _blocks("sh")
    subprocess.run(["bash", "-ec", script], cwd=tmp_path, check=True, capture_output=True)

    def verified(name: str) -> int:
        return subprocess.run(
            [
                "openssl", "verify", "-CAfile", "ca.crt", "-purpose", "sslserver",
                "-verify_hostname", name, "tls.crt",
            ],
            cwd=tmp_path, check=False, capture_output=True,
        ).returncode  # fmt: skip

    assert verified("kubectl-smart.kubectl-smart.svc") == 0
    assert verified("elsewhere.svc") != 0
    assert len((tmp_path / "audit-token").read_text().strip()) == 64
    assert (tmp_path / "tls.key").stat().st_mode & 0o077 == 0


def test_every_piece_of_yaml_is_yaml() -> None:
    """And the piece for the API server's static pod is a part of a Pod."""
    pieces = [yaml.safe_load(block) for block in _blocks("yaml")]

    (pod,) = (one for one in pieces if isinstance(one, dict) and "spec" in one)
    (folder,) = pod["spec"]["volumes"]
    assert folder["hostPath"]["path"] == "/etc/kubernetes/kubectl-smart"
    (k3s,) = (one for one in pieces if isinstance(one, dict) and "kube-apiserver-arg" in one)
    flags = {f"--{one}" for one in k3s["kube-apiserver-arg"]}
    assert flags == set(re.findall(r"^\| `(--audit-[^`]+)` \|", PAGE, re.MULTILINE))


def test_commands_are_shell() -> None:
    """Every block parses, and the patch of the webhook is JSON once the shell is through."""
    script = _indented()
    assert script.count("kubectl ") > 20
    subprocess.run(["bash", "-n", "-c", script], check=True)

    (patch,) = re.findall(r'-p \\\n\s*("\[.*\]")', script)
    made = subprocess.run(
        ["bash", "-c", f"printf %s {patch}"], cwd=SOURCE, capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    assert yaml.safe_load(made)[0]["path"] == "/webhooks/0/clientConfig/caBundle"


def test_secrets_that_are_made_are_those_that_are_read() -> None:
    """Names and keys of `kubectl create secret` on the page, and in what is applied."""
    made = set(re.findall(r"create secret (?:tls|generic) ([a-z-]+)", _indented()))
    read: set[str] = set()
    for name in ("embedded", "postgresql"):
        (pod,) = of_kind(rendered(KUSTOMIZE / "overlays" / name), "StatefulSet")
        text = yaml.safe_dump(pod)
        secrets = yaml.safe_dump(re.findall(r"secretKeyRef:\s+key: \S+\s+name: (\S+)", text))
        read |= set(yaml.safe_load(secrets)) | set(re.findall(r"secretName: (\S+)", text))

    assert made == read == {"kubectl-smart-tls", "kubectl-smart-doors", "kubectl-smart-index"}


def test_the_pod_for_restoring_holds_the_same_volume() -> None:
    """Kubernetes takes it, under the namespace's rules for pods."""
    pod = yaml.safe_load(MANIFEST.read_text("utf-8"))
    (applied,) = of_kind(rendered(KUSTOMIZE / "overlays" / "embedded"), "StatefulSet")
    spec = applied["spec"]["template"]["spec"]

    assert fault(pod) == ""
    assert pod["spec"]["securityContext"] == spec["securityContext"]
    assert (
        pod["spec"]["containers"][0]["securityContext"]
        == (spec["containers"][0]["securityContext"])
    )
    assert pod["spec"]["volumes"] == [
        one for one in spec["volumes"] if one["name"] in ("memory", "tmp")
    ]


def test_a_backup_comes_back(tmp_path: Path) -> None:
    """The commands of the page on the demo's memory: what is restored answers, and is sound."""
    memory = tmp_path / "var" / "memory"
    smart = [sys.executable, "-m", "kubectl_smart.bot"]
    subprocess.run(
        [*smart, "demo", "--quiet", "--memory", str(memory)], check=True, capture_output=True
    )
    git = ["git", "-C", str(memory)]
    assert "git -C /var/lib/kubectl-smart/memory bundle create - --all > memory.bundle" in PAGE
    with (tmp_path / "memory.bundle").open("wb") as bundle:
        subprocess.run([*git, "bundle", "create", "-", "--all"], stdout=bundle, check=True)
    shutil.copy(memory / "smart" / "key", tmp_path / "memory.key")
    commands = re.findall(
        r"^ {4}(git clone --mirror .*|mkdir memory/smart .*)$", PAGE, re.MULTILINE
    )
    assert len(commands) == 2
    subprocess.run(["bash", "-ec", "\n".join(commands)], cwd=tmp_path, check=True)

    restored = str(tmp_path / "memory")
    assert "kubectl-smart reindex --memory" in PAGE
    subprocess.run([*smart, "reindex", "--memory", restored], check=True, capture_output=True)
    checked = subprocess.run(
        [*smart, "verify", "--memory", restored], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    question = ["why", "deployment/payment-api", "-n", "payments", "-o", "json", "--utc"]
    answers = {
        subprocess.run(
            [*smart, *question, "--memory", where], capture_output=True, check=True
        ).stdout
        for where in (restored, str(memory))
    }
    assert len(answers) == 1
