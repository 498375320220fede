#!/bin/sh
# The same as messages.py with OpenSSL's command line.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')

# unhex HEX: its bytes
unhex() {
  printf '%s' "$1" | sed 's/../\\x&/g' >"$work/escaped"
  /usr/bin/printf "$(cat "$work/escaped")"
}

while IFS=$tab read -r name token aes_key appid timestamp nonce random spec _; do
  key=$(printf '%s=' "$aes_key" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
  case $spec in
  @*)
    LC_ALL=C awk -v n="${spec#@}" 'BEGIN { for (i = 0; i < n; i++) printf "%c", (i * 7 + 3) % 251 }' \
      >"$work/message" ;;
  *) unhex "$spec" >"$work/message" ;;
  esac
  size=$(wc -c <"$work/message")
  {
    unhex "$random"
    unhex "$(printf '%08x' "$size")"
    cat "$work/message"
    printf '%s' "$appid"
  } >"$work/frame"
  pad=$((32 - $(wc -c <"$work/frame") % 32))
  for _ in $(seq $pad); do
    unhex "$(printf '%02x' $pad)"
  done >>"$work/frame"
  encrypt=$(openssl enc -aes-256-cbc -K "$key" -iv "$(printf '%.32s' "$key")" -nopad \
    -in "$work/frame" | openssl base64 -A)
  signature=$(printf '%s\n' "$token" "$timestamp" "$nonce" "$encrypt" | LC_ALL=C sort |
    tr -d '\n' | openssl sha1 -r | cut -c1-40)
  [ ${#encrypt} -le 400 ] && shown=$encrypt || shown=-
  printf '%s\t' "$name" "$token" "$aes_key" "$appid" "$timestamp" "$nonce" "$random" "$spec" "$shown"
  printf '%s\n' "$signature"
done
