#!/usr/bin/env bash
# A module that esbuild makes CommonJS of imports another thing by the name that its source map is to bear: with a
# `sourcefile` that ends in .mjs or .mts a default import of a compiled CommonJS module (one with __esModule) is the
# whole module, an object, and with any other name, or none, its `default`, the function.
#
# `transform` has no file, and its documentation has the name for error messages and source maps
# (esbuild.github.io/api, "Sourcefile"). Yet by its extension esbuild takes the text for a module as Node itself would
# read it, for which a default import is module.exports ("Default interop" there), and says so to its helper by a second
# argument. So a build that gives its parts names, for a map that nobody reads, ends in "… is not a constructor". `.cts`
# and `.cjs` change nothing; with the map off, the name counts all the same.
#
# Seen: esbuild 0.28.2: "function" without a name, with .js, .ts, .cjs and .cts; "object" with .mjs and .mts.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --no-audit --no-fund --silent esbuild@0.28.2

# As TypeScript compiles `export default function`.
cat >compiled.js <<'JS'
'use strict';
Object.defineProperty(exports, '__esModule', { value: true });
exports.default = function hello() {};
JS
cat >make.js <<'JS'
// make.js MAP [NAME]: what the import is at run time
const { transformSync } = require('esbuild');
const { writeFileSync } = require('node:fs');
const [map, sourcefile] = process.argv.slice(2);
const text = "import hello from './compiled.js';\nconsole.log(typeof hello);\n";
const { code } = transformSync(text, { format: 'cjs', sourcemap: map === 'map' && 'external', sourcefile });
writeFileSync('made.js', code);
require('./made.js');
JS

expect() {
  local seen
  seen=$(node make.js "${@:2}")
  echo "${*:2}: $seen"
  [ "$seen" = "$1" ] || { echo "changed: it was $1"; exit 1; }
}
node_modules/.bin/esbuild --version
for map in map none; do
  expect function "$map"
  for name in part.js part.ts part.cjs part.cts; do expect function "$map" "$name"; done
  for name in part.mjs part.mts; do expect object "$map" "$name"; done
done
