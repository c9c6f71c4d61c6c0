/** What is told of a secret first, and stands at a count of 0: a run ended between its stop and its start. */
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import type { StackDocument } from '../../../src/compose/types.ts';
import type { JobSpec, SwarmService } from '../../../src/engine/port.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { startToTell } from '../../../src/quorum/start-to-tell.ts';
import type { ToldSecret } from '../../../src/sdk/definition.ts';
import { tellSecret } from '../../../src/swarm/steps/tell-secret.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import type { Reporter } from '../../../src/ui/reporter.ts';
import { service, stackDocument } from '../compose/documents.ts';
import { FakeSwarm } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';
import { holding } from '../plan/engine.ts';

const VERSIONS = ['prod_password.v1', 'prod_password.v2'] as const;
const secrets = [{ source: 'password', target: 'password' }];
const documentOf = (version: 1 | 2, names = ['db', 'app']): StackDocument =>
  stackDocument({
    services: Object.fromEntries(names.map((name) => [name, service({ secrets, hostname: name })])),
    secrets: { password: { name: VERSIONS[version - 1]! } },
  });
const told = (services: string[], more: Partial<ToldSecret> = {}): ToldSecret => ({
  ...{ file: 'password', what: 'the password of root', services, network: 'internal', command: ['tell'] },
  ...{ target: 'next', secrets: ['password'], timeoutSeconds: 9, ...more },
});

/** A stack of which these services hold v2 and have no task, and the others v1; told v2, it is deployed with `to`. */
function stack(to: 1 | 2, stopped: string[], definition: ToldSecret, names?: string[]) {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock);
  const [v1, v2] = [holding(documentOf(1, names), []), holding(documentOf(2, names), [])];
  const isStopped = ({ name }: Pick<SwarmService, 'name'>): boolean => stopped.includes(name.slice('prod_'.length));
  const services = [
    ...v1.services.filter((each) => !isStopped(each)),
    ...v2.services.filter(isStopped).map((each) => ({
      ...each,
      mode: { kind: 'replicated' as const, replicas: 0 },
      spec: { ...each.spec, Mode: { Replicated: { Replicas: 0 } } },
    })),
  ];
  swarm.services = services;
  for (const each of services) if (!isStopped(each)) swarm.task(each);
  const document = documentOf(to, names);
  const plan = planChanges({
    ...{ stack: 'prod', document, placements: [], told: [definition] },
    maybeTold: { unfinished: [VERSIONS[1]], whole: [VERSIONS[0]] },
    live: { ...v1, secrets: [...VERSIONS], services },
  });
  const done: string[] = [];
  const engine = {
    ...swarm.engine(),
    secrets: async () => VERSIONS.map((name) => ({ id: name, name, labels: {}, createdAt: '' })),
    networks: async () => v1.networks,
    jobs: async () => [],
    deployStack: async (_name: string, text: string) => {
      const said = parse(text) as { services: Record<string, { deploy: { replicas: number } }>; secrets: object };
      for (const [name, { deploy }] of Object.entries(said.services)) {
        done.push(`${name}: ${deploy.replicas} of ${JSON.stringify(said.secrets)}`);
        const live = swarm.services.find((each) => each.name === `prod_${name}`)!;
        live.mode = { kind: 'replicated', replicas: deploy.replicas };
        const task = swarm.task(live, { state: 'preparing' });
        swarm.at(clock.elapsed() / 1000 + 20, () => swarm.enter(task, 'running'));
      }
    },
    createJob: async (job: JobSpec) => {
      done.push(`told by ${job.command?.join(' ')} after ${clock.elapsed() >= 20_000 ? 'it ran' : 'nothing'}`);
      swarm.task({ id: 'job', mode: { kind: 'replicated-job', replicas: 1 } } as SwarmService, { state: 'complete' });
      return 'job';
    },
    removeService: async () => undefined,
  } as unknown as Parameters<typeof startToTell>[0]['engine'];
  const reporter = { step: () => undefined, detail: () => undefined, endProgress: () => undefined } as unknown as Reporter; // prettier-ignore
  const redactor = createRedactor([]);
  const start = startToTell(
    {
      ...{ engine, document, plan, ensembles: [], rolling: [], gate: async () => [], ignore: [], environment: {} },
      converge: { stack: 'prod', expectations: [], timeoutMs: 600_000, clock, redactor },
    },
    [definition],
    reporter,
  );
  const tell = (plan.told ?? []).map((change) =>
    tellSecret(engine, change, definition, { stack: 'prod', redactor, clock, onAgain: () => undefined }),
  );
  return { plan, start, done, run: () => [...start, ...tell].reduce((before, step) => before.then(() => step.run(new AbortController().signal)), Promise.resolve()) }; // prettier-ignore
}

describe('a store that was told another password and stopped', () => {
  it.each<[string, 1 | 2]>([
    ['on the way on', 2],
    ['on the way back', 1],
  ])('is started as the document has it before it is told, %s', async (_what, to) => {
    const of = stack(to, ['db'], told(['db']));
    expect(of.plan.told).toMatchObject([{ secret: VERSIONS[to - 1], before: [VERSIONS[2 - to]] }]);
    expect(of.start.map((step) => step.describe())).toEqual(['start db, so that there is something to tell']);
    await of.run();
    expect(of.done).toEqual([
      `db: 1 of {"password":{"external":true,"name":"${VERSIONS[to - 1]}"}}`,
      'told by tell after it ran',
    ]);
  });
});

it.each<[string, string[], ToldSecret, string[]]>([
  ['if it has a task', ['app'], told(['db']), ['db', 'app']],
  ['if another one that can be told has', ['db'], told(['db', 'app']), ['db', 'app']],
  ['if it is told once it runs', ['db'], told(['db'], { afterRestart: true }), ['db', 'app']],
])('nothing is started for it %s', (_what, stopped, definition, names) => {
  expect(stack(1, stopped, definition, names).plan.told).toHaveLength(1);
  expect(stack(1, stopped, definition, names).start).toEqual([]);
});

it('all of several are started together', async () => {
  const of = stack(1, ['db', 'db-2'], told(['db', 'db-2']), ['db', 'db-2', 'app']);
  await of.run();
  expect(of.done.map((line) => line.split(' of ')[0])).toEqual(['db: 1', 'db-2: 1', 'told by tell after it ran']);
});
