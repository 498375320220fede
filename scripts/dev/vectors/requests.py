#!/usr/bin/python3
"""API bodies, encrypted with Python's cryptography: reads the cases of core/test/data/requests.tsv and
prints them anew, the last column (the body) computed here."""
import base64
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

for line in sys.stdin:
    given = line.rstrip("\n").split("\t")[:8]
    _, urlpath, appid, timestamp, sn, key, iv, plain = given
    aad = "|".join([urlpath, appid, timestamp, sn]).encode()
    sealed = AESGCM(bytes.fromhex(key)).encrypt(bytes.fromhex(iv), bytes.fromhex(plain), aad)
    parts = [base64.b64encode(b).decode() for b in (bytes.fromhex(iv), sealed[:-16], sealed[-16:])]
    body = '{"iv":"%s","data":"%s","authtag":"%s"}' % tuple(parts)
    print("\t".join(given + [body]))
