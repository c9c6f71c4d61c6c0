import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { StackDefinition } from '../../../src/sdk/definition.ts';
import { run as render } from '../../../src/commands/render/run.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { definitions, entryOf } from '../../support/definitions.ts';
import { init, recordedIo, workplace } from '../init/support.ts';

/** ZooKeeper, whose plans are counted. */
function counted(): { definition: StackDefinition; plans: () => number } {
  const zookeeper = definitions.find(({ name }) => name === 'zookeeper');
  if (zookeeper === undefined) throw new Error('the catalogue has no zookeeper');
  let plans = 0;
  const plan: StackDefinition['plan'] = (name, answers) => {
    plans += 1;
    return zookeeper.plan(name, answers);
  };
  return { definition: { ...zookeeper, plan }, plans: () => plans };
}

const OWN = `
verify:
  expectations:
    - { service: zookeeper-1, name: alive, tcp: { port: 2181, send: ruok, contains: imok } }
`;

it('a bundle directory is planned once, with checks of its own too', async () => {
  const cwd = workplace();
  const made = await init(cwd, { stack: 'zookeeper', set: ['nodes=n1'], yes: true });
  expect(made.exit, made.err).toBe(0);
  await appendFile(join(cwd, 'prod/bundle.yaml'), OWN);

  const loading = counted();
  const { directory } = await load({ dir: 'prod' }, recordedIo(cwd, { stacks: [entryOf(loading.definition)] }).io);
  expect(directory.plan.expectations.length).toBeGreaterThan(0);
  expect(loading.plans()).toBe(1);

  const rendering = counted();
  const { io } = recordedIo(cwd, { stacks: [entryOf(rendering.definition)] });
  await render({ dir: 'prod', check: true, target: 'swarm', address: [] }, io);
  expect(rendering.plans()).toBe(1);
});
