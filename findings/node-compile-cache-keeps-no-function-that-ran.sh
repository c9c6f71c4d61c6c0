#!/usr/bin/env bash
# The compile cache of Node 22 and 24 (`module.enableCompileCache`, NODE_COMPILE_CACHE) keeps a module as it was before
# its functions ran.
#
# V8 compiles a function when it is first called, and what it makes of a script for keeping holds the functions that are
# compiled by then. Node writes its files as the process ends, so one expects in them what the process needed. But a
# module whose one large function was called leaves a file of the same size as a module of the same length whose function
# was not: the function is compiled anew in every process, with the cache as without it. `createCachedData()` of a script
# whose function ran is several times as large. Who starts a short-lived program often, such as a command line, gets the
# lesser part of what the cache could give.
#
# Seen: Node 22.23.3 and 24.21.0.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for version in 22.23.3 24.21.0; do
  mkdir -p "node-$version"
  (cd "node-$version" && npm init --yes >/dev/null && npm install --no-audit --no-fund --silent "node@$version" >/dev/null)
done

# The same length: what stands in one is a word as long in the other.
{
  echo 'exports.large = function (value) {'
  for line in $(seq 400); do echo "  value = (value * $line + ${line}7) % 100003;"; done
  echo '  return value;'
  echo '};'
} >body.txt
{ cat body.txt; echo 'exports.told = exports.large(1);'; } >called.cjs
{ cat body.txt; echo 'exports.told = exports.large.a1;'; } >absent.cjs
test "$(wc -c <called.cjs)" = "$(wc -c <absent.cjs)"

cat >load.cjs <<'JS'
const module_ = require('node:module');
const [, , file, directory] = process.argv;
if (module_.enableCompileCache(directory).status !== module_.constants.compileCacheStatus.ENABLED) process.exit(3);
require(file);
JS
cat >own.cjs <<'JS'
const { readFileSync } = require('node:fs');
const { wrap } = require('node:module');
const { Script } = require('node:vm');
const script = new Script(wrap(readFileSync(process.argv[2], 'utf8')), { filename: process.argv[2] });
const exported = {};
script.runInThisContext()(exported);
console.log(script.createCachedData().length);
JS

for version in 22.23.3 24.21.0; do
  node="node-$version/node_modules/.bin/node"
  for name in called absent; do
    "$node" load.cjs "./$name.cjs" "$dir/cache-$version-$name"
  done
  size() { find "$dir/cache-$version-$1" -type f -printf '%s\n' | sort -n | tail -1; }
  called=$(size called)
  absent=$(size absent)
  own=$("$node" own.cjs ./called.cjs)
  echo "Node $version: kept of the module whose function was called $called bytes, was not called $absent bytes;" \
    "V8 gives $own bytes after the call"
  # Names of files differ; a few bytes may as well.
  test $((called - absent)) -lt 200 && test $((absent - called)) -lt 200
  test "$own" -gt $((3 * called))
done
