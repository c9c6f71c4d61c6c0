/** What a deployment reads of the swarm once docker has taken the document: also which images docker got. */
import { expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { reportDone } from '../../../src/commands/deploy/run.ts';
import type { ServiceSpec } from '../../../src/compose/spec.ts';
import type { Deployment, Done } from '../../../src/deploy/apply.ts';
import { settle } from '../../../src/deploy/phases.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { reporterOf } from '../../../src/ui/reporter.ts';
import { problemsOf } from '../../support/json-documents.ts';
import { plans } from '../../screens/plans.ts';
import { validateAnswers } from '../../support/answers.ts';
import { init, manager, node, recordedIo, workplace } from '../init/support.ts';
import { DIGEST, holding } from '../plan/engine.ts';
import { rendered } from '../stacks/imply.ts';

const NAMES = ['n1', 'n2', 'n3'];

/** Kafka is deployed for the first time; of these services the registry tells no digest. */
async function settled(bare: readonly string[]) {
  const bundle = validateAnswers({ version: 1, stack: 'kafka', name: 'prod', nodes: NAMES }, 'bundle.yaml');
  const { document } = rendered(bundle);
  const nodes = NAMES.map((name, index) => node(name, { labels: { [`bundle.prod.kafka-${index + 1}`]: 'true' } }));
  const held = holding(document, nodes);
  const services = held.services.map((each) =>
    bare.includes(each.name) ? { ...each, spec: untold(each.spec) } : each,
  );
  const engine = manager(nodes, {
    services: async () => services,
    networks: async () => held.networks,
    secrets: async () => [],
    localVolumes: async () => [],
  });
  const plan = bundle.definition.plan('prod', bundle.answers);
  const { io, err } = recordedIo('');
  const on = {
    ...{ engine, io, reporter: reporterOf(io), options: {}, steps: { toldLater: [] }, warnings: [] },
    loaded: { directory: { bundle, plan, lock: emptyLock(), secrets: { materials: {} } }, document },
    seen: {
      found: { live: { services: [] } },
      context: { inRegistry: async () => ({ digest: DIGEST, platforms: [] }) },
    },
    release: { deployed: async () => undefined },
  } as unknown as Deployment;
  await settle(on);
  return { on, err };
}

function untold(spec: object): Record<string, unknown> {
  const { TaskTemplate, ...rest } = spec as ServiceSpec;
  const Image = TaskTemplate?.ContainerSpec?.Image?.split('@')[0];
  return { ...rest, TaskTemplate: { ...TaskTemplate, ContainerSpec: { ...TaskTemplate?.ContainerSpec, Image } } };
}

it('says which services the swarm has without a digest, and what to do', async () => {
  const { on, err } = await settled(['prod_kafka-2', 'prod_kafka-3']);
  expect(on.warnings).toHaveLength(1);
  expect(err()).toMatch(
    /^warning: kafka-2 and kafka-3 run \S+ without a digest: .*\n {2}→ .* bundle\.yaml as \S+@sha256:5{64} and deploy/,
  );
});

it('says nothing if all were told theirs', async () => {
  const { on, err } = await settled([]);
  expect([on.warnings, err()]).toEqual([[], '']);
});

it('has it in the result', async () => {
  const cwd = workplace();
  expect((await init(cwd, { stack: 'zookeeper', set: ['nodes=n1'], yes: true })).exit).toBe(0);
  const loaded = await load({ dir: 'prod' }, recordedIo(cwd).io);
  const { on } = await settled(['prod_kafka-2']);
  const done: Done = {
    ...{ plan: plans['first deployment'].plan, steps: ['deploy'], release: 1, converged: true, written: [] },
    warnings: on.warnings,
  };
  const { io, out } = recordedIo(cwd, { json: true });
  await reportDone(io, loaded, done, []);
  const told = JSON.parse(out()) as { warnings: object[] };
  expect(told.warnings).toEqual([
    { text: expect.stringMatching(/^kafka-2 runs \S+ without a digest/), hint: expect.stringContaining('@sha256:5') },
  ]);
  expect(problemsOf('deploy', told)).toEqual([]);
});
