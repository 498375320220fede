#!/usr/bin/python3
"""Callback messages, encrypted and signed with Python's cryptography: reads the cases of
core/test/data/messages.tsv and prints them anew, the last two columns (Encrypt text, "-" where it is
long, and signature) computed here."""
import base64
import hashlib
import sys

from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def message_of(spec):
    if spec.startswith("@"):  # so many bytes of a pattern
        return bytes((i * 7 + 3) % 251 for i in range(int(spec[1:])))
    return bytes.fromhex(spec)


for line in sys.stdin:
    name, token, aes_key, appid, timestamp, nonce, random, spec = line.rstrip("\n").split("\t")[:8]
    key = base64.b64decode(aes_key + "=")
    message = message_of(spec)
    frame = bytes.fromhex(random) + len(message).to_bytes(4, "big") + message + appid.encode()
    pad = 32 - len(frame) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16]), default_backend()).encryptor()
    encrypt = base64.b64encode(
        encryptor.update(frame + bytes([pad]) * pad) + encryptor.finalize()).decode()
    joined = "".join(sorted([token, timestamp, nonce, encrypt]))
    signature = hashlib.sha1(joined.encode()).hexdigest()
    shown = encrypt if len(encrypt) <= 400 else "-"
    print("\t".join([name, token, aes_key, appid, timestamp, nonce, random, spec, shown, signature]))
