#!/usr/bin/python3
"""Callback deliveries as the platform makes them, by an implementation that is not ours: Python's
hashlib and cryptography. Prints what spec/fixtures/callback_deliveries.json holds. Everything is
fixed, random bytes too."""
import base64
import hashlib
import json
import struct
import sys

from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "spec-token"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APPID = "wx0123456789abcdef"
TIME = 1795406400

FOLLOW = {
    "ToUserName": "gh_0123456789ab",
    "FromUserName": "oFollower-一号",
    "CreateTime": TIME,
    "MsgType": "event",
    "Event": "wxalive_follow_notify",
    "FollowNotify": {
        "room_id": 12,
        "user_openid": "oFollower-一号",
        "time": TIME - 3,
        "live_status": 101,
        "action": "add_follow",
    },
}
RESULT = {
    "ToUserName": "gh_0123456789ab",
    "FromUserName": "oSender",
    "CreateTime": TIME,
    "MsgType": "event",
    "Event": "wxalive_push_message_notify",
    "PushMessageApiNotify": {
        "message_id": "1500000001",
        "room_id": 12,
        "total_count": 10,
        "success_count": 4,
        "openid_error_count": 3,
        "relation_error_count": 2,
        "user_recv_limit_count": 1,
        "internal_error_count": 0,
    },
}
APPLY = {
    "ToUserName": "gh_0123456789ab",
    "FromUserName": "oSender",
    "CreateTime": TIME,
    "MsgType": "event",
    "Event": "wxa_live_apply_event",
    "ApplyLiveInfoNoitfy": {"appid": APPID, "open_time": TIME - 60},
}
TEXT = {
    "ToUserName": "gh_0123456789ab",
    "FromUserName": "oSender",
    "CreateTime": TIME,
    "MsgType": "text",
    "Content": "你好 👋🏽 <直播> & \"co\" ]]> end",
    "MsgId": 12345678901234567890,
}


def flat(message):
    out = {}
    for key, value in message.items():
        out.update(value if isinstance(value, dict) else {key: value})
    return out


def texts(message):
    """Every value as a string, at every depth."""
    return {k: texts(v) if isinstance(v, dict) else str(v) for k, v in message.items()}


def xml_of(message, cdata="<![CDATA[%s]]>"):
    out = ""
    for key, value in message.items():
        if isinstance(value, dict):
            value = xml_of(value, cdata)
        elif isinstance(value, str):
            value = cdata % value.replace("]]>", "]]]]><![CDATA[>")
        out += "<%s>%s</%s>" % (key, value, key)
    return out


def as_xml(message):
    return "<xml>%s</xml>" % xml_of(message)


def as_printed(message):
    """The form of the platform's own sample: CDATA sections without their '<'."""
    return "<xml>\n%s\n</xml>" % xml_of(message, "![CDATA[%s]]").replace("><", ">\n<")


def as_json(message):
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def sha1(*parts):
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def seal(text, name):
    key = base64.b64decode(AES_KEY + "=")
    random = hashlib.md5(name.encode()).digest()
    data = text.encode()
    frame = random + struct.pack(">I", len(data)) + data + APPID.encode()
    pad = 32 - len(frame) % 32
    frame += bytes([pad]) * pad
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16]), default_backend()).encryptor()
    return base64.b64encode(encryptor.update(frame) + encryptor.finalize()).decode()


def deliver(name, text, mode):
    nonce = str(int(hashlib.md5(("nonce " + name).encode()).hexdigest()[:7], 16))
    query = {"timestamp": str(TIME), "nonce": nonce, "signature": sha1(TOKEN, str(TIME), nonce)}
    is_json = text.startswith("{")
    body = text
    if mode != "plain":
        encrypt = seal(text, name)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = sha1(TOKEN, str(TIME), nonce, encrypt)
        if mode == "compatible" and is_json:
            body = text[:-1] + ',"Encrypt":"%s"}' % encrypt
        elif mode == "compatible":
            body = text[:-6] + "<Encrypt><![CDATA[%s]]></Encrypt></xml>" % encrypt
        elif is_json:
            body = json.dumps({"ToUserName": "gh_0123456789ab", "Encrypt": encrypt})
        else:
            body = ("<xml>\n  <ToUserName><![CDATA[gh_0123456789ab]]></ToUserName>\n"
                    "  <Encrypt><![CDATA[%s]]></Encrypt>\n</xml>\n" % encrypt)
    return {"name": name, "mode": mode, "query": query, "body": body, "message": text}


forms = [
    ("follow, XML", as_xml(FOLLOW), "follow"),
    ("follow, XML as the sample prints it", as_printed(FOLLOW), "follow"),
    ("follow, XML, flat", as_xml(flat(FOLLOW)), "follow"),
    ("follow, XML, all text", as_xml(texts(FOLLOW)), "follow"),
    ("follow, JSON", as_json(FOLLOW), "follow"),
    ("follow, JSON, flat", as_json(flat(FOLLOW)), "follow"),
    ("follow, JSON, all text", as_json(texts(FOLLOW)), "follow"),
    ("result, XML", as_xml(RESULT), "push_result"),
    ("result, XML, flat", as_xml(flat(RESULT)), "push_result"),
    ("result, JSON", as_json(RESULT), "push_result"),
    ("result, JSON, flat, all text", as_json(texts(flat(RESULT))), "push_result"),
    ("apply, XML", as_xml(APPLY), "apply_result"),
    ("apply, JSON", as_json(APPLY), "apply_result"),
    ("text, XML", as_xml(TEXT), "message"),
    ("text, JSON", as_json(TEXT), "message"),
]

cases = []
for mode in ("plain", "compatible", "encrypted"):
    for name, text, kind in forms:
        case = deliver("%s, %s" % (name, mode), text, mode)
        case["kind"] = kind
        cases.append(case)

fixture = {
    "made_by": "scripts/dev/vectors/deliveries.py",
    "token": TOKEN,
    "aes_key": AES_KEY,
    "appid": APPID,
    "time": TIME,
    "cases": cases,
}
sys.stdout.buffer.write((json.dumps(fixture, ensure_ascii=False, indent=1) + "\n").encode())
