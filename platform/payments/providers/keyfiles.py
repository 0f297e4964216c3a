"""Keys of the channels, as files named in the settings: `ID:FILE`, the first one signs, all of them verify."""

import hashlib
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


class BadKey(Exception):
    """One clear sentence for the operator."""


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadKey(f"{path} cannot be read: {error.strerror}.") from error


def private_key(content: bytes, path: Path) -> RSAPrivateKey:
    """The RSA private key in a PEM file, which may hold its certificate too."""
    start = content.find(b"-----BEGIN PRIVATE KEY-----")
    start = start if start >= 0 else content.find(b"-----BEGIN RSA PRIVATE KEY-----")
    try:
        key = serialization.load_pem_private_key(content[start:] if start >= 0 else content, password=None)
    except (ValueError, TypeError) as error:
        raise BadKey(f"{path} holds no private key in PEM form without a password.") from error
    if not isinstance(key, RSAPrivateKey):
        raise BadKey(f"{path} holds a key that is not RSA.")
    return key


def certificate(content: bytes, path: Path) -> x509.Certificate:
    start = content.find(_CERTIFICATE)
    try:
        return x509.load_pem_x509_certificate(content[start:] if start >= 0 else content)
    except ValueError as error:
        raise BadKey(f"{path} holds no certificate in PEM form.") from error


def public_key(content: bytes, path: Path) -> RSAPublicKey:
    """The RSA public key in a PEM file: a bare one, or that of a certificate."""
    try:
        proof = certificate(content, path) if _CERTIFICATE in content else None
        key = proof.public_key() if proof else serialization.load_pem_public_key(content)
    except ValueError as error:
        raise BadKey(f"{path} holds no public key in PEM form.") from error
    if not isinstance(key, RSAPublicKey):
        raise BadKey(f"{path} holds a key that is not RSA.")
    return key


def serial(found: x509.Certificate) -> str:
    """As channels write it: hexadecimal, upper case."""
    return f"{found.serial_number:X}"


def fingerprint(key: RSAPublicKey) -> str:
    """The first sixteen hexadecimal digits of the SHA-256 of a public key (of its DER form)."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def private_pem(key: RSAPrivateKey) -> str:
    """In the one form that every library reads."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(key: RSAPublicKey) -> str:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
