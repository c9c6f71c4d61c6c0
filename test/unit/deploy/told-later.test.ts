/** The phases of a deployment that tells what runs of a secret: before anything restarts, or once every task runs. */
import { describe, expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { PHASES, type Deployment } from '../../../src/deploy/apply.ts';
import { settle, stepsOf, tellLater } from '../../../src/deploy/phases.ts';
import { BundleError } from '../../../src/errors.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import type { Step } from '../../../src/swarm/steps/step.ts';
import { validateAnswers } from '../../support/answers.ts';
import { node } from '../../support/check-context.ts';
import { manager, recordedIo } from '../init/support.ts';
import { holding } from '../plan/engine.ts';
import { cluster, rendered } from '../stacks/imply.ts';

const WAIT = 'wait until every task runs and stays up';
const TELL = 'tell what runs of its new secrets, now that all of it runs';
const tells = (run: () => Promise<void> = async () => undefined): Step[] => [{ describe: () => 'tell', run }];
const phase = (title: string) => PHASES.find((each) => each.title === title);

/** What was done, in its order, of a deployment that has this to tell. */
function deployment(toldLater: Step[], over: object = {}) {
  const done: string[] = [];
  const on = {
    ...{ steps: { toldLater }, made: [], converged: true, reporter: { step: () => undefined }, io: recordedIo('').io },
    release: { deployed: async () => void done.push(`noted, converged: ${on.converged}`) },
    options: { wait: false },
    ...over,
  } as unknown as Deployment;
  return { on, done };
}

it('comes after the restart and the wait, and before the verification', () => {
  const order = ['tell what runs of its new secrets', 'docker stack deploy', WAIT, TELL, 'verify'];
  expect(PHASES.map(({ title }) => title).filter((title) => order.includes(title))).toEqual(order);
});

it('waits in any case, also with --no-wait: nobody could be told before', () => {
  for (const title of [WAIT, TELL]) {
    expect(phase(title)?.when?.(deployment(tells()).on), title).toBe(true);
    expect(phase(title)?.when?.(deployment([]).on), title).toBe(false);
  }
});

describe('the record of the release', () => {
  it('says that the swarm holds it once what runs was told, and not before', async () => {
    const { on, done } = deployment(tells(async () => void done.push('told')));
    await tellLater(on);
    expect(done).toEqual(['told', 'noted, converged: false']);
    expect([on.converged, on.made]).toEqual([true, ['tell']]);
  });

  it('leaves it to the next run if it was not told, whatever stood in the way', async () => {
    const refuse = async (): Promise<void> => {
      throw new BundleError('engine-unreachable', 'gone');
    };
    const { on, done } = deployment(tells(refuse));
    await expect(tellLater(on)).rejects.toMatchObject({ code: 'engine-unreachable' });
    // Else trouble of the engine would leave the release good.
    expect([on.converged, done]).toEqual([false, []]);
  });

  it.each<[string, Step[], number]>([
    ['something is to be told', tells(), 0],
    ['nothing is', [], 1],
  ])('once the swarm was read again and %s', async (_what, toldLater, noted) => {
    const bundle = validateAnswers({ version: 1, stack: 'kafka', name: 'prod', nodes: ['n1', 'n2', 'n3'] }, 'bundle.yaml'); // prettier-ignore
    const { document } = rendered(bundle);
    const nodes = ['n1', 'n2', 'n3'].map((name, index) => ({
      ...node(name),
      labels: { [`bundle.prod.kafka-${index + 1}`]: 'true' },
    }));
    const held = holding(document, nodes);
    const engine = manager(nodes, {
      services: async () => held.services,
      networks: async () => held.networks,
      secrets: async () => [],
      localVolumes: async () => [],
    });
    const directory = {
      ...{ bundle, plan: bundle.definition.plan('prod', bundle.answers), lock: emptyLock() },
      secrets: { materials: {} },
    };
    const seen = { found: { live: held } };
    const { on, done } = deployment(toldLater, { engine, loaded: { directory, document }, seen });
    await settle(on);
    expect(done).toHaveLength(noted);
  });
});

describe('MySQL that was told of another password and stopped, by a run that ended then', () => {
  const bundle = cluster();
  const plan = bundle.definition.plan('prod', bundle.answers);
  const [v1, v2] = ['prod_store-password.v1', 'prod_store-password.v2'] as const;
  const { document: of1 } = rendered(bundle);
  const of2 = { ...of1, secrets: { ...of1.secrets, 'store-password': { ...of1.secrets['store-password'], name: v2 } } };
  const at1 = holding(of1, [node('node1'), node('node2'), node('node3')]);
  const isMySql = ({ name }: { name: string }): boolean => name === 'prod_mysql';
  const services = [
    ...at1.services.filter((each) => !isMySql(each)),
    ...holding(of2, [])
      .services.filter(isMySql)
      .map((each) => ({
        ...each,
        mode: { kind: 'replicated' as const, replicas: 0 },
        spec: { ...each.spec, Mode: { Replicated: { Replicas: 0 } } },
      })),
  ];

  it.each([
    ['deploy', of2, v2],
    ['rollback', of1, v1],
  ])('%s starts it, tells it, and restarts the rest then', (_what, document, secret) => {
    const live = { ...at1, services, secrets: [...at1.secrets, v2] };
    const planned = planChanges({
      ...{ stack: 'prod', document, placements: [], live },
      ...{ ensembles: plan.ensembles, rolling: plan.rolling, together: plan.together, told: plan.told ?? [] },
      maybeTold: { unfinished: [v2], whole: [v1] },
    });
    const secrets = { materials: {}, values: [], present: false };
    const loaded = { directory: { bundle, plan, lock: emptyLock(), secrets }, document };
    const found = { live: { services, tasks: [] }, liveSecrets: [] };
    const given = {
      ...{ engine: {}, loaded, options: { ignore: [], verify: true }, io: recordedIo('').io },
      seen: { plan: planned, found, context: { secrets: [] } },
    } as unknown as Parameters<typeof stepsOf>[0];
    const steps = Object.values(stepsOf(given)).flatMap((some) => some.map((step) => step.describe()));
    expect(steps).toEqual([
      'start mysql, so that there is something to tell',
      `make ${secret} the root password of the store in the running prod`,
      expect.stringMatching(/^docker stack deploy prod: /),
    ]);
  });

  it('is after the labels: swarm might start it where a stray one is', () => {
    const titles = PHASES.map(({ title }) => title);
    expect(titles.indexOf('label nodes')).toBeLessThan(titles.indexOf('tell what runs of its new secrets'));
  });
});
