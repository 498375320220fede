// The same as messages.py with Node's crypto.
import { createCipheriv, createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const messageOf = (spec) =>
  spec.startsWith("@")
    ? Buffer.from(Array.from({ length: Number(spec.slice(1)) }, (_, i) => (i * 7 + 3) % 251))
    : Buffer.from(spec, "hex");

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const given = line.split("\t").slice(0, 8);
  const [, token, aesKey, appid, timestamp, nonce, random, spec] = given;
  const key = Buffer.from(aesKey + "=", "base64");
  const message = messageOf(spec);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  const frame = Buffer.concat([Buffer.from(random, "hex"), length, message, Buffer.from(appid)]);
  const pad = 32 - (frame.length % 32);
  const cipher = createCipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false);
  const encrypt = Buffer.concat([
    cipher.update(Buffer.concat([frame, Buffer.alloc(pad, pad)])),
    cipher.final(),
  ]).toString("base64");
  const signature = createHash("sha1")
    .update([token, timestamp, nonce, encrypt].sort().join(""))
    .digest("hex");
  console.log([...given, encrypt.length <= 400 ? encrypt : "-", signature].join("\t"));
}
