import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '../../../src/bundle/parse.ts';
import { runFolders } from '../../../src/run-target/plan/folders.ts';
import type { HostFolder, RunInput } from '../../../src/run-target/plan/types.ts';
import type { Container } from '../../../src/engine/port.ts';
import type { VirtualClock } from '../converge/virtual-clock.ts';
import { rendered } from '../stacks/imply.ts';

export const ADDRESSES = { node1: '10.0.0.11', node2: '10.0.0.12', node3: '10.0.0.13' };

/** What a bundle gives for the run target; over it what a test is about. */
export function inputOf(bundle: Bundle, over: Partial<RunInput> = {}): RunInput {
  const { placements, listens } = bundle.definition.plan(bundle.name, bundle.answers);
  return {
    stack: bundle.name,
    document: rendered(bundle).document,
    placements,
    listens,
    network: 'bridge',
    addresses: ADDRESSES,
    ...over,
  };
}

export const foldersOf = (bundle: Bundle, over: Partial<RunInput> = {}): HostFolder[] =>
  runFolders(inputOf(bundle, over));

/** A container of run.sh that began 30 s before the clock's beginning, and runs. */
export function containerOf(clock: VirtualClock, service: string, change: Partial<Container> = {}): Container {
  return {
    id: `id-${service}`,
    name: `prod_${service}`,
    labels: { 'bundle.stack': 'prod', 'bundle.service': service },
    image: 'image:1',
    createdAt: clock.iso(-60_000),
    startedAt: clock.iso(-30_000),
    restarts: 0,
    status: 'running',
    exitCode: 0,
    error: '',
    tty: false,
    env: [],
    logDriver: { name: 'json-file', options: {} },
    network: 'prod_net',
    address: '172.18.0.2',
    extraHosts: ['b:10.0.0.2'],
    ports: [{ protocol: 'tcp', target: 80, published: 8080, mode: 'host' }],
    mounts: [
      { type: 'bind', source: '/opt/prod/secrets/prod_token.v2', target: '/run/secrets/token' },
      { type: 'bind', source: '/srv/data', target: '/data' },
      { type: 'volume', source: '/x', target: '/var' },
    ],
    ...change,
  };
}

/**
 * A docker that notes its words and makes nothing. `inspect` finds containers in the state that is given, and nothing
 * where none is.
 */
const DOCKER = `#!/bin/sh
case "$1 $2" in
  "container inspect") [ -n "$STATUS" ] && echo "$STATUS"; exit ;;
  "network inspect") exit 1 ;;
esac
for word; do printf '%s\\036' "$word"; done >> "$NOTES"
printf '\\035' >> "$NOTES"
`;

/** Runs a script with the shell, and gives the words of each docker command that it calls. */
export function callsOf(script: string, folder?: string, status = ''): string[][] {
  const place = mkdtempSync(join(tmpdir(), 'bundle-run-'));
  try {
    const bin = join(place, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'docker'), DOCKER);
    chmodSync(join(bin, 'docker'), 0o755);
    const notes = join(place, 'notes');
    writeFileSync(notes, '');
    const file = folder === undefined ? join(place, 'run.sh') : join(folder, 'run.sh');
    if (folder === undefined) writeFileSync(file, script);
    execFileSync('sh', [file], {
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, NOTES: notes, STATUS: status },
      stdio: 'ignore',
    });
    return readFileSync(notes, 'utf8')
      .split('\x1d')
      .slice(0, -1)
      .map((call) => call.split('\x1e').slice(0, -1));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
