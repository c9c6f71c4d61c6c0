#!/usr/bin/env bash
# docker-modem 5.0.7 (npm; dockerode 5 is built on it), demuxStream: takes the log of a container or service apart into
# standard output and standard error. The engine sends frames of four types: 1 and 2 for these two, and 3 for errors of
# its own, such as "Error grabbing logs" if a node of the swarm does not answer. 5.0.6 gives type 3 to standard error.
# 5.0.7 takes it for a sign that the stream has no frames at all: the error goes to STANDARD OUTPUT, its eight bytes of
# header, with NULs, in front, and standard error gets nothing. From there on nothing is taken apart any more: frames
# that follow come with their headers too, lines of standard error among them. No error is emitted.
# Matters to whoever reads service logs with dockerode to wait for a line or to judge a deployment: the engine's word
# that a log is incomplete reads as a line that the service wrote itself, and the test "standard error is empty" passes.
# The change came with a patch release.
# Needs Node 20 or newer. No engine: the frames are written here as an engine writes them (type, three zeros, length).
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-save --ignore-scripts --prefix "$work" \
	modem-5.0.6@npm:docker-modem@5.0.6 modem-5.0.7@npm:docker-modem@5.0.7

cat > split.js << 'JS'
const { PassThrough } = require('node:stream');

const frame = (type, text) => {
	const header = Buffer.alloc(8);
	header.writeUInt8(type, 0);
	header.writeUInt32BE(Buffer.byteLength(text), 4);
	return Buffer.concat([header, Buffer.from(text)]);
};
const log = [
	frame(1, 'started\n'),
	frame(2, 'low on memory\n'),
	frame(3, 'Error grabbing logs: incomplete log stream\n'),
	frame(1, 'serving\n'),
	frame(2, 'slow disk\n'),
];

/** Takes the log apart with that version, a frame at a time as it comes from a socket; gives both outputs. */
async function split(version) {
	const Modem = require(`modem-${version}`);
	const source = new PassThrough();
	const seen = { out: '', err: '' };
	const into = (name) => new PassThrough().on('data', (data) => (seen[name] += data.toString('latin1')));
	new Modem({ host: 'localhost', port: 2375 }).demuxStream(source, into('out'), into('err'));
	for (const part of log) {
		source.write(part);
		await new Promise(setImmediate);
	}
	return seen;
}

async function main() {
	const error = 'Error grabbing logs: incomplete log stream\n';
	const raw = (index) => log[index].toString('latin1');
	const wanted = {
		'5.0.6': { out: 'started\nserving\n', err: `low on memory\n${error}slow disk\n` },
		'5.0.7': { out: `started\n${raw(2)}${raw(3)}${raw(4)}`, err: 'low on memory\n' },
	};
	for (const [version, outputs] of Object.entries(wanted)) {
		const installed = require(`modem-${version}/package.json`).version;
		const seen = await split(version);
		console.log(`docker-modem ${installed}: standard output ${JSON.stringify(seen.out)}`);
		console.log(`docker-modem ${installed}: standard error ${JSON.stringify(seen.err)}`);
		if (installed !== version || JSON.stringify(seen) !== JSON.stringify(outputs)) {
			console.log(`changed: it was ${JSON.stringify(outputs)}`);
			process.exitCode = 1;
		}
	}
}
main();
JS
node split.js
echo "seen: 5.0.7 puts the engine's own error, and all that follows, into standard output with their headers"
