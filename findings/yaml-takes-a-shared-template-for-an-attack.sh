#!/usr/bin/env bash
# The npm package yaml 2.9.1 refuses a plain stack file as "a resource exhaustion attack" once an anchor is used often.
# It guards against aliases in aliases, which can make gigabytes of a few lines, by `maxAliasCount: 100`. What is counted
# is not what comes of them: for each anchor it is its uses TIMES the uses so far of that anchor within it that was used
# most, and anchors of lone words count like any. So these are refused, which come to a few kilobytes:
# - 16 services that share a template (`<<: *service`) in which five times are given as `*wait`;
# - 50 services that share one in which a single alias stands;
# - 100 services that share the name of an image.
# One service less, and all is well, and with twice 99 of two anchors too. The file has no error until it is made values:
# `parseDocument` gives one without errors or warnings, and `toJS` throws a ReferenceError that names no anchor or line.
# Matters because a file with x-… and anchors, as they are used for stacks, works for years, and then somebody who never
# touched the template adds a service, and it is an attack. PyYAML reads them all. Whoever reads files of his own users
# can raise the limit, and bound the size of what comes of it instead.
# Needs Node 20 or newer, Python 3 with venv.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes > npm.log
npm install --silent --no-audit --no-fund --ignore-scripts yaml@2.9.1
python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check pyyaml==6.0.2

# template NUMBER TIMES: so many services of one template, in which the first of the five times are aliases.
template() {
	local times=(10s 10s 10s 10s 10s) i
	for ((i = 0; i < $2; i++)); do times[i]='*wait'; done
	cat << YAML
x-wait: &wait 10s
x-service: &service
  stop_grace_period: ${times[0]}
  healthcheck: {interval: ${times[1]}, timeout: ${times[2]}}
  deploy: {update_config: {delay: ${times[3]}}, restart_policy: {delay: ${times[4]}}}
services:
YAML
	for ((i = 0; i < $1; i++)); do printf '  service-%s:\n    <<: *service\n    image: alpine:3\n' "$i"; done
}

# image NUMBER ANCHORS: so many services for each of the anchors, each a name of an image.
image() {
	local i j
	for ((j = 0; j < $2; j++)); do printf 'x-image-%s: &image-%s alpine:3\n' "$j" "$j"; done
	printf 'services:\n'
	for ((j = 0; j < $2; j++)); do
		for ((i = 0; i < $1; i++)); do printf '  service-%s-%s:\n    image: *image-%s\n' "$j" "$i" "$j"; done
	done
}

cat > read.mjs << 'JS'
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';

const document = parseDocument(readFileSync(process.argv[2], 'utf8'), { merge: true });
const told = document.errors.length + document.warnings.length;
try {
	const { services } = document.toJS();
	console.log(`${Object.keys(services).length} services, told ${told}`);
} catch (error) {
	console.log(`${error.name}, told ${told}: ${error.message}`);
}
JS
cat > read.py << 'PY'
import json, sys, yaml
value = yaml.safe_load(open(sys.argv[1]))
print(f"{len(value['services'])} services, {len(json.dumps(value)) // 1024} KiB")
PY

template 15 5 > five-15.yml
template 16 5 > five-16.yml
template 49 1 > one-49.yml
template 50 1 > one-50.yml
image 99 1 > image-99.yml
image 99 2 > image-twice-99.yml
image 100 1 > image-100.yml
for name in five-15 five-16 one-49 one-50 image-99 image-twice-99 image-100; do
	echo "$name: npm $(node read.mjs "$name.yml"); PyYAML $(py/bin/python read.py "$name.yml")"
done > seen
cat seen

attack='ReferenceError, told 0: Excessive alias count indicates a resource exhaustion attack'
cat > wanted << TEXT
five-15: npm 15 services, told 0; PyYAML 15 services, 3 KiB
five-16: npm $attack; PyYAML 16 services, 3 KiB
one-49: npm 49 services, told 0; PyYAML 49 services, 9 KiB
one-50: npm $attack; PyYAML 50 services, 10 KiB
image-99: npm 99 services, told 0; PyYAML 99 services, 3 KiB
image-twice-99: npm 198 services, told 0; PyYAML 198 services, 7 KiB
image-100: npm $attack; PyYAML 100 services, 3 KiB
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: the sixteenth service of a template with five aliases makes a file of three kilobytes an attack'
