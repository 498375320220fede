"""Opens the same delivery again and again as a careful Python program does: the signature compared in
constant time, strict base64, AES by cryptography (OpenSSL), padding, length and appid checked, JSON by
the standard library, XML by expat, names in snake_case. TOKEN KEY APPID TIMESTAMP NONCE SIGNATURE
BODY_FILE CALLS WARM_UP"""
import base64
import hashlib
import hmac
import json
import re
import resource
import sys
import time
import xml.parsers.expat

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN, KEY_TEXT, APPID, TIMESTAMP, NONCE, SIGNATURE, BODY_FILE, CALLS, WARM_UP = sys.argv[1:]
KEY = base64.b64decode(KEY_TEXT + "=")
CIPHER = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16]))
TEXTS = {"message_id", "msg_id"}
names = {}


def snake_case(name):
    snake = names.get(name)
    if snake is None:
        snake = re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
        names[name] = snake
    return snake


def read_xml(text):
    stack, parts = [{}], []

    def start(name, _):
        stack.append({})
        parts.clear()

    def end(name):
        fields = stack.pop()
        value = fields or "".join(parts)
        parts.clear()
        stack[-1][snake_case(name)] = value

    def doctype(*_):
        raise ValueError("a DOCTYPE")

    parser = xml.parsers.expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = parts.append
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(text, True)
    return stack[0]["xml"]


def read_json(text):
    return json.loads(text, object_hook=lambda o: {snake_case(k): v for k, v in o.items()})


def read(text):
    return read_json(text) if text.lstrip()[:1] == b"{" else read_xml(text)


def open_frame(encrypt):
    decryptor = CIPHER.decryptor()
    frame = decryptor.update(base64.b64decode(encrypt, validate=True)) + decryptor.finalize()
    pad = frame[-1]
    if not 1 <= pad <= 32 or frame[-pad:] != bytes([pad]) * pad:
        raise ValueError("padding")
    length = int.from_bytes(frame[16:20], "big")
    if frame[20 + length:-pad] != APPID.encode():
        raise ValueError("appid")
    return frame[20:20 + length]


def open_delivery(body):
    encrypt = read(body)["encrypt"]
    digest = hashlib.sha1("".join(sorted((TOKEN, TIMESTAMP, NONCE, encrypt))).encode()).hexdigest()
    if not hmac.compare_digest(digest, SIGNATURE) or abs(time.time() - int(TIMESTAMP)) > 300:
        raise ValueError("signature")
    event = read(open_frame(encrypt))
    for name, value in list(event.items()):
        if isinstance(value, dict):
            del event[name]
            event.update(value)
    for name, value in event.items():
        if isinstance(value, str) and value.isdigit() and name not in TEXTS:
            event[name] = int(value)
    return event


def run(body, count):
    errors = 0
    for _ in range(count):
        event = open_delivery(body)
        if event["room_id"] != 12 or event["message_id"] != "1234567890123456789":
            errors += 1
    return errors


with open(BODY_FILE, "rb") as file:
    delivered = file.read()
failed = run(delivered, int(WARM_UP))
wall, cpu = time.monotonic(), time.process_time()
failed += run(delivered, int(CALLS))
wall, cpu = time.monotonic() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"calls": int(CALLS), "wall": wall, "cpu": cpu, "peak_kb": peak, "errors": failed}))
sys.exit(1 if failed else 0)
