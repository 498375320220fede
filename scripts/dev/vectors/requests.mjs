// The same as requests.py with Node's crypto.
import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const given = line.split("\t").slice(0, 8);
  const [, urlpath, appid, timestamp, sn, key, iv, plain] = given;
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key, "hex"), Buffer.from(iv, "hex"));
  cipher.setAAD(Buffer.from([urlpath, appid, timestamp, sn].join("|")));
  const data = Buffer.concat([cipher.update(Buffer.from(plain, "hex")), cipher.final()]);
  const body = { iv: Buffer.from(iv, "hex").toString("base64"), data: data.toString("base64"),
    authtag: cipher.getAuthTag().toString("base64") };
  console.log([...given, JSON.stringify(body)].join("\t"));
}
