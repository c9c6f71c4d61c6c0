#!/usr/bin/env bash
# The npm package yaml reads a file with lone carriage returns as one line: behind a comment, all of it is gone.
#
# YAML 1.2.2 (5.4, productions 24 to 28) takes CR, LF and CR LF for a line break each. The package does so for LF and
# CR LF only. A file of settings that begins with a comment and went through a tool that writes old Mac line ends is
# therefore read as one comment: the value is null, without an error or a warning. Without the comment it is an error
# about "nested mappings", which names no line end. PyYAML reads all three forms alike. A program that
# takes an empty file for "nothing chosen yet" goes on with its defaults.
#
# Seen with yaml 2.9.1 on Node 20, and PyYAML 6.0.2 on Python 3.11.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init --yes >/dev/null
npm install --no-audit --no-fund --silent yaml@2.9.1
python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check pyyaml==6.0.2

for end in LF CRLF CR; do
  case $end in LF) break='\n' ;; CRLF) break='\r\n' ;; CR) break='\r' ;; esac
  # shellcheck disable=SC2059
  printf "# who may log in${break}name: prod${break}replicas: 3${break}" >"with-$end.yaml"
  # shellcheck disable=SC2059
  printf "name: prod${break}replicas: 3${break}" >"bare-$end.yaml"
done

cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
const document = parseDocument(readFileSync(process.argv[2], 'utf8'));
const [error] = document.errors;
console.log(error ? error.code : JSON.stringify(document.toJS()), `warnings: ${document.warnings.length}`);
JS
cat >read.py <<'PY'
import json, sys, yaml
print(json.dumps(yaml.safe_load(open(sys.argv[1], newline='')), separators=(',', ':')))
PY

seen=
for file in with-LF with-CRLF with-CR bare-CR; do
  seen+="$file: npm $(node read.mjs "$file.yaml"), PyYAML $(py/bin/python read.py "$file.yaml")"$'\n'
done
printf '%s' "$seen"
whole='{"name":"prod","replicas":3}'
wanted="with-LF: npm $whole warnings: 0, PyYAML $whole
with-CRLF: npm $whole warnings: 0, PyYAML $whole
with-CR: npm null warnings: 0, PyYAML $whole
bare-CR: npm BLOCK_AS_IMPLICIT_KEY warnings: 0, PyYAML $whole
"
[ "$seen" = "$wanted" ] || {
  echo 'FAIL: this has changed'
  exit 1
}
echo 'as stated'
