"""Certificates of the tests' own authority, made by openssl; each for one address."""

import subprocess
from pathlib import Path


def authority(folder: Path) -> Path:
    """The certificate that those of all are checked by."""
    return folder / "tls" / "authority.pem"


def pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Certificate and key of somebody."""
    return folder / "tls" / f"{name}.pem", folder / "tls" / f"{name}.key"


def make_authority(folder: Path) -> None:
    """Once for a folder."""
    (folder / "tls").mkdir(mode=0o700)
    _openssl("req", "-x509", *_new(folder, "authority"), "-days", "2", "-subj", "/CN=Test authority")


def make_pair(folder: Path, name: str, address: str, days: int = 2) -> None:
    """A new certificate and key for `name`, in the place of those that it had."""
    certificate, _ = pair(folder, name)
    new = certificate.with_suffix(".new")
    _openssl("req", "-x509", *_new(folder, name, new), "-days", str(days), "-subj", f"/CN={name}",
             "-CA", str(authority(folder)), "-CAkey", str(pair(folder, "authority")[1]),
             "-addext", f"subjectAltName=IP:{address}", "-addext", "basicConstraints=critical,CA:FALSE")  # fmt: skip
    new.replace(certificate)


def _new(folder: Path, name: str, certificate: Path | None = None) -> list[str]:
    own, key = pair(folder, name)
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key),
            "-out", str(certificate or own)]  # fmt: skip


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=30)
