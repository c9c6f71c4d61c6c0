import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { bundle } from '../support/cli.ts';
import { fakeEngine, frame } from '../unit/engine/fake-engine.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url));

/** What a script of bash prints; $0 $1 is `bundle`. */
async function program(script: string): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'bundle-pipe-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const { stdout } = await promisify(execFile)('bash', ['-c', script, process.execPath, PROGRAM], { cwd });
  return stdout.trim();
}

/** `bundle schema`, followed by what `then` says. */
const schema = (then: string): Promise<string> => program(`"$0" "$1" schema ${then}`);

it('gives all of a long result to a reader that is slower than it', async () => {
  const whole = Number(await schema('> whole; wc -c < whole'));
  // More than a pipe holds.
  expect(whole).toBeGreaterThan(65_536);
  expect(Number(await schema('| { sleep 1; wc -c; }'))).toBe(whole);
});

it('ends if its reader is gone', async () => {
  expect(await schema('| head -n 1')).toBe('{');
});

it('has its own exit code though nobody reads what it says', async () => {
  for (const then of ['| true', '2>&1 | true'])
    expect(await program(`set -o pipefail; "$0" "$1" plan /nonexistent --json ${then} || echo $?`)).toBe('2');
});

it('fails if its result cannot be written, and says so', async () => {
  expect(await schema('2>&1 >/dev/full || echo $?')).toBe('bundle: cannot write the result: the disk is full\n1');
  expect(await program('"$0" "$1" --version >/dev/full || echo $?')).toBe('1');
  // What went wrong before is told first.
  expect(await program('"$0" "$1" plan /nonexistent --json >/dev/full 2>/dev/null || echo $?')).toBe('2');
});

it('reads no more of a log than its reader does, and ends with it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-loud-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await bundle(['init', 'keeper', '--stack', 'zookeeper', '--yes', '--set', 'nodes=node1'], { cwd: dir });
  const piece = frame(1, `2026-01-01T00:00:02Z ${'x'.repeat(1000)}\n`);
  const whole = 50_000_000;
  let given = 0;
  const Spec = { Labels: {}, Role: 'manager', Availability: 'active' };
  const service = { Name: 'keeper_zookeeper-1', TaskTemplate: { ContainerSpec: {} } };
  const fake = await fakeEngine({
    'GET /info': () => ({ json: { Swarm: { LocalNodeState: 'active', ControlAvailable: true, NodeID: 'n' } } }),
    'GET /secrets': () => ({ json: [] }),
    'GET /nodes': () => ({
      json: [{ ID: 'n', Version: { Index: 1 }, Spec, Status: { State: 'ready' }, Description: { Hostname: 'n1' } }],
    }),
    'GET /services': () => ({ json: [{ ID: 's', Version: { Index: 1 }, Spec: service }] }),
    'GET /tasks': () => ({
      json: [
        {
          ...{ ID: 't', CreatedAt: '2026-01-01T00:00:00Z', ServiceID: 's', NodeID: 'n', Slot: 1, Spec: {} },
          ...{ DesiredState: 'running', Status: { State: 'running', ContainerStatus: { ContainerID: 'c' } } },
        },
      ],
    }),
    'GET /tasks/t/logs': (_seen, response) => {
      const go = (): void => {
        while (given < whole && !response.destroyed) {
          given += piece.length;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on('drain', go);
      go();
    },
  });
  onTestFinished(() => fake.close());
  const logs = `"$0" "$1" logs ${dir}/keeper --host unix://${fake.socket}`;
  const shown = await program(`set -o pipefail; ${logs} | { head -n 1; sleep 3; }; echo $?`);
  expect(shown).toMatch(/^zookeeper-1@n1 \| x+\n0$/);
  const first = given;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(whole / 10);
  given = 0;
  expect(Number(await program(`${logs} | { sleep 1; wc -l; }`))).toBe(Math.ceil(whole / piece.length));
});
