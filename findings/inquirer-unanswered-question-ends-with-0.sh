#!/usr/bin/env bash
# @inquirer/prompts 8.7.5 (npm), standard input at its end, as in CI or under cron: a question that nobody can answer.
# Its promise is rejected, but only while the process is ending already, when Node runs what is queued and waits for
# nothing more. Three surprises follow:
# - not caught, the error is printed with its stack, and the process ends with 0, not with 1 as Node does otherwise;
# - caught, and the exit code set at once: it counts. Caught, and anything awaited first (a temporary file removed, a
#   connection closed): the handler stops there, the process ends with 0, and nothing is printed at all;
# - answers in a pipe do not help: the first question takes all that is there, and the second finds the end.
# Matters because the job is green: what was asked before the change ("Go on?") never came to it, and `set -e`
# does not notice. So ask first whether standard input is a terminal, and set process.exitCode before the first question,
# to be taken back at the end.
# Seen with Node 20.20.2. Needs Node 20 or newer.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes > npm.log
npm install --silent --no-audit --no-fund --ignore-scripts @inquirer/prompts@8.7.5
echo "@inquirer/prompts $(node -p 'require("@inquirer/prompts/package.json").version'), Node $(node --version)"

cat > ask.mjs << 'JS'
import { setTimeout as wait } from 'node:timers/promises';
import { confirm, input } from '@inquirer/prompts';

async function deploy() {
	console.error('name:', await input({ message: 'Name?' }));
	console.error('sure:', await confirm({ message: 'Go on?' }));
	console.error('deployed');
}
/** What a program does if it fails: nothing; say so and set the code; the same after it cleaned up for a moment. */
const handlers = {
	none: undefined,
	'at once': (error) => {
		console.error('failed:', error.name);
		process.exitCode = 1;
	},
	'after a moment': async (error) => {
		await wait(1);
		console.error('failed:', error.name);
		process.exitCode = 1;
	},
};
const handler = handlers[process.argv[2]];
if (handler) {
	await deploy().catch(handler);
} else {
	await deploy();
}
JS

# ask HANDLER INPUT WANTED: the exit code, and what the program says for itself.
ask() {
	local code=0 seen
	printf '%b' "$2" | node ask.mjs "$1" > questions 2> said || code=$?
	seen="$code $(grep -oE '^(name: .*|sure: .*|deployed|failed: .*|ExitPromptError)' said | paste -sd ' ' || true)"
	echo "handler $1, input '$2': ends with $seen"
	[ "$seen" = "$3" ] || { cat said; echo "changed: it was $3"; exit 1; }
}
ask none '' '0 ExitPromptError'
ask 'at once' '' '1 failed: ExitPromptError'
ask 'after a moment' '' '0 '
ask none 'orders\ny\n' '0 name: orders ExitPromptError'
ask 'after a moment' 'orders\ny\n' '0 name: orders'
echo 'seen: a question that nobody answers ends a program with 0, uncaught or caught by a handler that waits'
