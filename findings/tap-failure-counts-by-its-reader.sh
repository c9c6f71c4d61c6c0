#!/usr/bin/env bash
# A report in TAP with one test that failed, and three that read such reports and end with a code other than 0 if a test
# did: prove of Perl's Test::Harness 3.44, tap-parser 18.3.4 for Node, tappy of tap.py 3.2.1 for Python. They agree on a plain
# `not ok`. With a `#` in the line they do not, and each lets pass what another one does not:
# - `not ok 1 - disk # SKIP no node`: a skipped test to Node and Python, a failed one to Perl;
# - `# todo-list is empty`: a word that begins as a directive is one to Perl and Node, and only a word to Python; `# Todos
#   of the team` is one to Node alone;
# - `\#`, by which version 14 keeps a `#` in a name, and `red#todo`, which has no blank before it: Python takes what is
#   behind it for a directive all the same, and `red#todo` is one to Perl as well;
# - `disk # 3 # TODO`: none of them looks beyond the first `#` that a directive is not behind.
# Matters to whoever puts words of others into the names of tests (an image's tag, a topic, an error's text): a failure is
# counted as a good end by one CI and not by the next. Leave `#` out of names altogether, escaped or not, and report what
# is to be skipped as `ok`.
# Needs Perl 5.36, Node 20, npm, Python 3 with venv.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --prefix node --silent --no-audit --no-fund tap-parser@18.3.4 > log
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check tap.py==3.2.1
perl -MTAP::Harness -e 'print "Test::Harness $TAP::Harness::VERSION\n"'

# verdict COMMAND...: what its code says.
verdict() { if "$@" >> log 2>&1; then echo passes; else echo fails; fi; }

while IFS= read -r line; do
	printf '1..1\n%s\n' "$line" > report.tap
	printf '%s: Perl %s, Node %s, Python %s\n' "$line" \
		"$(verdict prove --norc --exec cat report.tap)" \
		"$(verdict node/node_modules/.bin/tap-parser < report.tap)" \
		"$(verdict python/bin/tappy report.tap)"
done > seen << 'TEXT'
ok 1 - disk
not ok 1 - disk
not ok 1 - disk # TODO
not ok 1 - disk # SKIP no node
not ok 1 - disk # todo-list is empty
not ok 1 - disk # Todos of the team
not ok 1 - disk \# TODO is a topic
not ok 1 - red#todo
not ok 1 - disk # 3 # TODO
TEXT
cat seen

cat > wanted << 'TEXT'
ok 1 - disk: Perl passes, Node passes, Python passes
not ok 1 - disk: Perl fails, Node fails, Python fails
not ok 1 - disk # TODO: Perl passes, Node passes, Python passes
not ok 1 - disk # SKIP no node: Perl fails, Node passes, Python passes
not ok 1 - disk # todo-list is empty: Perl passes, Node passes, Python fails
not ok 1 - disk # Todos of the team: Perl fails, Node passes, Python fails
not ok 1 - disk \# TODO is a topic: Perl fails, Node fails, Python passes
not ok 1 - red#todo: Perl passes, Node fails, Python passes
not ok 1 - disk # 3 # TODO: Perl fails, Node fails, Python fails
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: whether a test has failed depends on who reads the report'
