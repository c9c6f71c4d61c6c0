import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { namedNodes } from '../../../src/wizard/nodes.ts';
import type { Session } from '../../../src/wizard/session.ts';
import { atStart, nextStep } from '../../../src/wizard/walk.ts';
import { imply } from '../../../stacks/imply/index.ts';
import { init, workplace } from '../init/support.ts';

it('nodes that are named by --nodes carry all services, without a swarm and a question', async () => {
  const cwd = workplace();
  const s3 = ['deepStorage.type=s3', 'deepStorage.path=s3://b/p', 'tls.keyBits=2048'];
  expect((await init(cwd, { yes: true, stack: 'imply', nodes: 'n1, n2', set: s3 })).error).toBeUndefined();
  const { manager, agents } = parse(readFileSync(join(cwd, 'prod/bundle.yaml'), 'utf8')) as {
    manager: { nodes?: string[] };
    agents: Record<string, { nodes?: string[] }>;
  };
  const all = [manager, ...Object.values(agents)].flatMap(({ nodes }) => nodes ?? []);
  expect(new Set(all)).toEqual(new Set(['n1', 'n2']));
});

it('a word of no name is refused', async () => {
  expect((await init(workplace(), { yes: true, nodes: ' ,' })).error).toMatchObject({ code: 'usage', exit: 2 });
});

it.each([
  [true, undefined],
  [undefined, 'nodes'],
])('they are not asked for once more (named: %s)', (nodesNamed, asked) => {
  const session = {
    definition: { ...imply, decisions: imply.decisions?.filter((each) => typeof each !== 'string') ?? [] },
    questions: imply.questions,
    keys: bundleKeys(imply),
    given: { version: 1, stack: 'imply', name: 'prod' },
    named: true,
    settled: undefined,
    secrets: {},
    settledSecrets: new Set(),
    nodes: namedNodes(['n1', 'n2'], undefined),
    ...(nodesNamed && { nodesNamed }),
  } as Session;
  const step = nextStep(atStart(session));
  expect(step?.kind === 'nodes' ? step.kind : undefined).toBe(asked);
});
