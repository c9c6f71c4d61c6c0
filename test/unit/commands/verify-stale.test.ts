import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../../src/commands/verify/run.ts';
import { recordedIo } from '../init/support.ts';
import { zookeeper } from './zookeeper-swarm.ts';

/** `bundle verify --format prometheus`, and what of it does not tell the time. */
async function verify(cwd: string, host: string) {
  const recorded = recordedIo(cwd);
  const selection = { only: [], skip: [], engine: [] };
  const exit = await run(
    { dir: 'prod', host, target: 'swarm', timeout: '1s', ...selection, format: 'prometheus' },
    recorded.io,
  );
  const timeless = recorded.out().replaceAll(/^(\S*(?:seconds|time)\S*) .*$/gm, '$1');
  const warnings = recorded.err().match(/^warning: .*stack\.yml.*\n( {2}→ .*\n)*/gm) ?? [];
  return { exit, out: timeless, warnings, notes: recorded.err().match(/^note: .*$/gm) };
}

it.each<[string, (stack: string) => void, string]>([
  ['is not what is rendered', (stack) => appendFileSync(stack, '# older\n'), 'differs from what the bundle'],
  ['is missing', (stack) => rmSync(stack), 'is missing; '],
  [
    'cannot be read',
    (stack) => {
      rmSync(stack);
      mkdirSync(stack);
    },
    'cannot read ',
  ],
])('tells of what runs, with one warning, where stack.yml %s', async (_what, spoil, words) => {
  const { cwd, host } = await zookeeper(1, 1, ['heapMb=600']);
  const before = await verify(cwd, host);
  expect(before.warnings).toEqual([]);
  expect(before.out).toContain('bundle_verify_');
  expect(before.notes).toEqual([
    'note: stack.yml as this build renders it is not what runs (1 service would change); `bundle plan` says which',
  ]);
  spoil(join(cwd, 'prod/stack.yml'));
  const { warnings, ...after } = await verify(cwd, host);
  expect(after).toEqual({ exit: before.exit, out: before.out, notes: before.notes });
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(words);
  expect(warnings[0]).toContain('what runs is compared with what would be rendered\n');
});
