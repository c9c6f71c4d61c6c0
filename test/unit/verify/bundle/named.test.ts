import { expect, it } from 'vitest';
import { run } from '../../../../src/commands/verify/run.ts';
import type { VerifyOptions } from '../../../../src/commands/verify/command.ts';
import type { SecretState } from '../../../../src/bundle/secret-state.ts';
import { load } from '../../../../src/project/bundle-dir.ts';
import { verifyBundle } from '../../../../src/verify/bundle/verify-bundle.ts';
import { expiryResults, namesExpiry } from '../../../../src/verify/bundle/expiry.ts';
import { STILL_GOOD } from '../../../../src/verify/expiry/judge.ts';
import { proof } from '../../../proof/definition.ts';
import { entryOf } from '../../../support/definitions.ts';
import { init, manager, node, recordedIo, workplace } from '../../init/support.ts';

const STACKS = { stacks: [entryOf(proof)] };

async function bundle(): Promise<string> {
  const cwd = workplace();
  const set = ['image=lab/node:1', 'nodes=[n1,n2,n3]'];
  expect((await init(cwd, { yes: true, set }, {}, STACKS)).error).toBeUndefined();
  return cwd;
}

const secret = (name: string, state: SecretState['state']): SecretState =>
  ({ name, state, part: 'none', need: { secret: 'none' } }) as unknown as SecretState;

it('the content of secrets, asked for by name, passes where it is the locked one', async () => {
  const loaded = await load({ dir: 'prod' }, recordedIo(await bundle(), STACKS).io);
  const engine = manager([node('n1')], {
    networks: async () => [],
    secrets: async () => [],
    swarmTrust: async () => ({ roots: [] }),
  });
  const verdict = async (only: string[], ...states: SecretState[]) => {
    const { io } = recordedIo('/');
    const { exit, results } = await verifyBundle(engine, loaded, states, 1, io, { selection: { only, skip: [] } });
    return [exit, ...results.map(({ service, check, status }) => `${service} ${check} ${status}`)];
  };
  const [right, wrong] = [secret('prod_a.v1', 'present'), secret('prod_b.v1', 'differs')];
  const [stranger, absent] = [secret('prod_c.v1', 'foreign'), secret('prod_d.v1', 'missing')];
  expect(await verdict(['Content'], right)).toEqual([0, 'prod_a.v1 content passed']);
  expect(await verdict(['content'], right, absent)).toEqual([
    0,
    'prod_a.v1 content passed',
    'prod_d.v1 content not-run',
  ]);
  expect(await verdict(['content'], absent)).toEqual([7, 'prod_d.v1 content not-run']);
  expect(await verdict(['content'], right, wrong)).toEqual([5, 'prod_a.v1 content passed', 'prod_b.v1 content failed']);
  expect(await verdict(['content'], right, stranger)).toEqual([
    7,
    'prod_a.v1 content passed',
    'prod_c.v1 content unsure',
  ]);
});

it('a swarm that keeps too few tasks to tell a loop: a whole verification says so, and fails for nothing', async () => {
  const loaded = await load({ dir: 'prod' }, recordedIo(await bundle(), STACKS).io);
  const told = async (taskHistory: number, only: string[], skip: string[] = []) => {
    const engine = manager([node('n1')], {
      networks: async () => [],
      secrets: async () => [],
      swarmTrust: async () => ({ roots: [] }),
    });
    const info: typeof engine.info = async () => {
      const { swarm, ...rest } = await engine.info();
      return { ...rest, swarm: { ...swarm, taskHistory } };
    };
    const { io } = recordedIo('/');
    const { results } = await verifyBundle({ ...engine, info }, loaded, [], 1, io, { selection: { only, skip } });
    return results.flatMap(({ service, check, status, detail }) =>
      check === 'stable' ? [`${service} ${status}: ${detail}`] : [],
    );
  };
  expect(await told(2, [])).toEqual([
    expect.stringMatching(/^prod not-run: the swarm keeps 2 tasks of a slot .*`docker swarm update --task-history/),
  ]);
  expect(await told(5, [])).toEqual([]);
  expect(await told(2, [], ['stable'])).toEqual([]);
  expect(await told(2, ['content'])).toEqual([]);
  expect(await told(2, ['stable'])).toEqual([]);
});

it.each([
  ['--json and --format', 'junit', true, false],
  ['--json and --format', 'text', true, false],
  ['--list and --format', 'tap', false, true],
] as const)('%s %s contradict each other', async (_what, format, json, list) => {
  const recorded = recordedIo('/', { ...STACKS, json });
  const options: VerifyOptions = {
    dir: 'prod',
    engine: [],
    only: [],
    skip: [],
    timeout: '5m',
    target: 'swarm',
    format,
    list,
  };
  await expect(run(options, recorded.io)).rejects.toMatchObject({
    code: 'usage',
    exit: 2,
    message: expect.stringContaining(`--format ${format}`) as string,
  });
});

it('the swarm alone, and expiry in whatever case, ask for certificates', async () => {
  expect([['expiry'], ['Expiry'], ['swarm'], ['TLS', 'SWARM']].map((only) => namesExpiry({ only }))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([[], ['TLS']].map((only) => namesExpiry({ only }))).toEqual([false, false]);
  const loaded = await load({ dir: 'prod' }, recordedIo(await bundle(), STACKS).io);
  const root = loaded.directory.secrets.materials['ca']?.['certificate']?.toString('utf8') ?? '';
  const engine = manager([node('n1')], { swarmTrust: async () => ({ roots: [root] }) });
  const results = await expiryResults(engine, loaded, [], {
    limit: STILL_GOOD,
    selection: { only: ['swarm'], skip: [] },
    signal: new AbortController().signal,
    info: engine.info(),
  });
  expect(results.map(({ service, status }) => `${service} ${status}`)).toEqual(['swarm passed', 'swarm not-run']);
});
