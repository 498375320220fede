#!/bin/sh
# Signatures of API requests made by OpenSSL's command line, Python's cryptography and Node's crypto,
# as kept in core/test/data/signatures.tsv. They are random: another run gives other ones, as good.
#   scripts/dev/vectors/signatures.sh >core/test/data/signatures.tsv
set -eu
cd "$(dirname "$0")/../../.."
keys=core/test/data/keys
urlpath=https://api.weixin.qq.com/wxaapi/broadcast/room/create
appid=wx0123456789abcdef
timestamp=1700000000
postdata='{"iv":"AAECAwQFBgcICQoL","data":"5pil6Iy2","authtag":"AAAAAAAAAAAAAAAAAAAAAA=="}'
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
printf '%s\n%s\n%s\n%s' "$urlpath" "$appid" "$timestamp" "$postdata" >"$lines"

say() { # name, public key, serial; the signature is read
  printf '%s\t' "$@" "$urlpath" "$appid" "$timestamp" "$postdata"
  cat
  echo
}

openssl dgst -sha256 -sign $keys/rsa.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \
  -sigopt rsa_mgf1_md:sha256 "$lines" | openssl base64 -A | say openssl rsa.pub.pem ""
python3 -c '
import base64, sys
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
key = serialization.load_pem_private_key(open(sys.argv[1], "rb").read(), None, default_backend())
pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
signed = key.sign(open(sys.argv[2], "rb").read(), pss, hashes.SHA256())
print(base64.b64encode(signed).decode(), end="")
' $keys/rsa.pem "$lines" | say python rsa.crt.pem ""
node -e '
const { constants, sign } = require("node:crypto");
const { readFileSync } = require("node:fs");
const key = { key: readFileSync(process.argv[1]), padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: 32 };
process.stdout.write(sign("sha256", readFileSync(process.argv[2]), key).toString("base64"));
' $keys/rsa.pem "$lines" | say node rsa.pub.pem ""
openssl dgst -sm3 -sign $keys/sm2.pem -sigopt distid:fa05fe1e5bcc79b8 "$lines" |
  openssl base64 -A | say "openssl, SM2" sm2.pub.pem fa05fe1e5bcc79b8
