"""How signals are encrypted: ChaCha20-Poly1305 (RFC 8439) under a key derived by HKDF-SHA256 (RFC 5869).

The key comes from a place in a sending session that every reader can export; its ratchet does not move.
Nonces are random, never counted: a store that was put back can't use one again (decision 9).
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.wire import labels
from lanmsg.wire.signals import KEY_BYTES


def signal_key(exported: bytes) -> bytes:
    """Derive the key (32 bytes) from `ReceivingSession.export` at the signal's index."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=labels.SIGNAL_KEY).derive(exported)


def encrypt_signal(key: bytes, nonce: bytes, plaintext: bytes, *, associated: bytes) -> bytes:
    """Encrypt; 16 bytes longer than the plaintext."""
    return ChaCha20Poly1305(key).encrypt(nonce, plaintext, associated)


def decrypt_signal(key: bytes, nonce: bytes, ciphertext: bytes, *, associated: bytes) -> bytes:
    """Decrypt. Raises CannotDecrypt."""
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, associated)
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt("the signal is altered, or not for us") from error
