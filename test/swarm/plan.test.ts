import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skeleton } from '../../scripts/images/recipes/skeleton.ts';
import { down, type Lab, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { renderStack } from '../../src/compose/render.ts';
import { ownNetworks } from '../../src/compose/networks.ts';
import type { StackDocument } from '../../src/compose/types.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine, SwarmTask } from '../../src/engine/port.ts';
import { swarmChanged } from '../../src/plan/changed.ts';
import { describeDrift } from '../../src/plan/describe-drift.ts';
import { driftOf, type DeployedRelease } from '../../src/plan/drift.ts';
import type { ServiceSpec } from '../../src/compose/spec.ts';
import { planChanges, type LiveStack } from '../../src/plan/plan.ts';
import type { Plan, ServiceChange } from '../../src/plan/changes.ts';
import { AWKWARD } from '../unit/compose/awkward.ts';
import { service } from '../unit/compose/documents.ts';
import { ASIDE, everyKey } from '../unit/compose/every-key.ts';
import { baseDocument, changedDocument, expectedFields, MUTATIONS } from '../unit/plan/mutations.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('plan');
const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`SKIPPED test/swarm/plan.test.ts: ${why}\n`);

const environment = { SUPPLIED: 'p$a$$ss-word', OTHER: 'other' };
/** Ends at once when it is told to; what a service gives as its command is ignored. */
const SLEEPER = 'ENTRYPOINT ["/bin/sh", "-c", "trap \'exit 0\' TERM; sleep 86400 & wait"]';

await takeTurn();

describe.skipIf(why !== undefined)('planning against a real swarm', () => {
  let lab: Lab;
  let engine: Engine;
  let image: string;
  /** Before anything is changed. */
  let before: Plan;
  let beforeTasks: Map<string, string>;

  beforeAll(async () => {
    await down(ID);
    lab = await up({ id: ID, engine: testEngine(), hosts: 1 });
    engine = await connect(
      await resolveEngine({ host: lab.host('node1').socket, env: { ...process.env, ...lab.env('node1') } }),
    );
    const { file } = await skeleton(() => undefined);
    image = await lab.importRootfs(file, 'sleeper:1', [SLEEPER]);
    await lab.importRootfs(file, 'sleeper:2', [SLEEPER, 'LABEL second=true']);
    for (const name of ['prod_token.v1', 'prod_token.v2'])
      await engine.createSecret({ name, labels: {}, data: Buffer.from('x') });
    for (const name of ['prod_settings.v1', 'prod_settings.v2', 'prod_spec.v1'])
      await engine.createConfig({ name, labels: {}, data: Buffer.from('x') });
    const theirs = ['--driver', 'overlay', '--label', 'com.docker.stack.namespace=store', ASIDE];
    await lab.docker('node1', ['network', 'create', ...theirs]);
    const document = mostlyPending(baseDocument(image));
    await deploy(document);
    before = await plan(document);
    beforeTasks = await tasks();
  });
  afterAll(async () => {
    await engine?.close();
    await down(ID);
  });

  /**
   * Whether swarm replaces a task does not depend on whether it runs. So only those run that must keep their place; the
   * others wait for a node that never comes, which spares the machine a hundred starts. Services that use every key at
   * once are added, and one whose every value is awkward (double braces are templates).
   */
  function mostlyPending(document: StackDocument): StackDocument {
    for (const { name, effect } of MUTATIONS)
      if (effect === 'restart') document.services[name]?.deploy.constraints.push('node.labels.none == true');
    const values = AWKWARD.filter((value) => value !== '' && !value.includes('{{'));
    const environment = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
    const awkward = service({
      image,
      command: [...AWKWARD],
      environment,
      networks: { internal: { aliases: [] } },
      deploy: { ...service().deploy, replicas: 0 },
    });
    const every = everyKey(image);
    for (const one of Object.values(every.services)) one.deploy.constraints.push('node.labels.none == true');
    return {
      services: { ...document.services, ...every.services, awkward },
      networks: { ...document.networks, ...every.networks },
      volumes: { ...document.volumes, ...every.volumes },
      secrets: document.secrets,
      configs: { ...document.configs, ...every.configs },
    };
  }

  async function deploy(document: StackDocument): Promise<void> {
    await engine.deployStack('prod', renderStack({ document, heading: [], comments: {} }), { env: environment });
  }

  async function read(document: StackDocument): Promise<LiveStack> {
    const [services, networks, secrets, nodes] = await Promise.all([
      engine.services({ stack: 'prod' }),
      engine.networks(),
      engine.secrets({ names: Object.values(document.secrets).map((secret) => secret.name) }),
      engine.nodes(),
    ]);
    return { services, networks, secrets: secrets.map((secret) => secret.name), nodes };
  }

  async function plan(document: StackDocument): Promise<Plan> {
    return planChanges({ stack: 'prod', document, placements: [], environment, live: await read(document) });
  }

  const imagesOf = (live: LiveStack): Record<string, string> =>
    Object.fromEntries(
      live.services.map(({ name, spec }) => [
        name.slice('prod_'.length),
        (spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Image ?? '',
      ]),
    );

  const of = (found: Plan, name: string): ServiceChange => {
    const one = found.services.find((candidate) => candidate.name === name);
    if (one === undefined) throw new Error(`the plan lacks ${name}`);
    return one;
  };

  /** Service to the id of the newest task of its first slot, once those that can run do. */
  async function tasks(): Promise<Map<string, string>> {
    const names = new Map(
      (await engine.services({ stack: 'prod' })).map((one) => [one.id, one.name.slice('prod_'.length)]),
    );
    return poll('tasks run', 180_000, async () => {
      const newest = new Map<string, SwarmTask>();
      for (const task of (await engine.tasks({ stack: 'prod' })).reverse())
        if (task.slot === 1 && MUTATIONS.some(({ name }) => name === names.get(task.serviceId)))
          newest.set(names.get(task.serviceId) ?? '', task);
      const ready = MUTATIONS.every(
        ({ name, effect }) => effect === 'restart' || newest.get(name)?.state === 'running',
      );
      return ready && newest.size === MUTATIONS.length
        ? new Map([...newest].map(([name, task]) => [name, task.id]))
        : undefined;
    });
  }

  it('finds nothing to do right after a deployment', () => {
    expect(before.services.filter((one) => one.action !== 'unchanged')).toEqual([]);
    expect(before.empty).toBe(true);
    expect(before.networks).toContainEqual({ name: ASIDE, action: 'joined', fields: [], stack: 'store' });
  });

  it('sent every awkward value to the engine as it is, also those that `docker stack config` cannot show', async () => {
    const live = (await engine.services({ stack: 'prod' })).find((one) => one.name === 'prod_awkward');
    const container = (live?.spec as { TaskTemplate: { ContainerSpec: { Env: string[]; Args: string[] } } })
      .TaskTemplate.ContainerSpec;
    const wanted = mostlyPending(baseDocument(image)).services['awkward'];
    expect(container.Args).toEqual(AWKWARD);
    expect(
      new Map(container.Env.map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)])),
    ).toEqual(new Map(Object.entries(wanted?.environment ?? {})));
  });

  it('names exactly the key that changed, for every key', async () => {
    const found = await plan(mostlyPending(changedDocument(image)));
    for (const mutation of MUTATIONS) {
      const { changes } = of(found, mutation.name);
      expect(changes.map((change) => change.field).sort(), mutation.name).toEqual(expectedFields(mutation).sort());
      expect(new Set(changes.map((change) => change.effect)), mutation.name).toEqual(new Set([mutation.effect]));
    }
    for (const name of ['awkward', ...Object.keys(everyKey().services)]) expect(of(found, name).changes).toEqual([]);
  });

  it('finds nothing once the change is deployed, and only the tasks that it said were replaced', async () => {
    const changed = mostlyPending(changedDocument(image));
    await deploy(changed);
    const found = await plan(changed);
    for (const mutation of MUTATIONS) expect(of(found, mutation.name).changes, mutation.name).toEqual([]);
    expect(found.empty).toBe(true);

    const expected = MUTATIONS.filter((mutation) => mutation.effect === 'restart').map((mutation) => mutation.name);
    let replaced: string[] = [];
    await poll('the tasks are replaced', 180_000, async () => {
      const after = await tasks();
      replaced = MUTATIONS.map(({ name }) => name).filter((name) => after.get(name) !== beforeTasks.get(name));
      return expected.every((name) => replaced.includes(name)) ? true : undefined;
    }).catch(() => undefined);
    expect(replaced).toEqual(expected);
  });

  it('sees what somebody changed by hand', async () => {
    const changed = mostlyPending(changedDocument(image));
    const untouched = await read(changed);
    const edit = (name: string, ...args: string[]) =>
      lab.docker('node1', ['service', 'update', '--detach', '--quiet', ...args, `prod_${name}`]);
    await edit('update-delay', '--user', '65534', '--dns-add', '192.0.2.1', '--container-label-add', 'note=x');
    await edit(
      'update-order',
      '--env-add',
      'BY_HAND=yes',
      '--env-rm',
      'ONE',
      '--constraint-add',
      'node.role != worker',
      '--replicas',
      '0',
    );
    await edit(
      'update-monitor',
      '--image',
      `${lab.registry}/sleeper:2`,
      '--label-add',
      'note=x',
      '--rollback-parallelism',
      '2',
    );
    await edit('restart-delay', '--force');
    const fields = async (name: string): Promise<string[]> =>
      of(await plan(changed), name).changes.map((change) => change.field);
    expect(await fields('update-delay')).toEqual(['user', 'name servers', 'container label note']);
    expect(await fields('update-order')).toEqual([
      'environment ONE',
      'replicas',
      'environment BY_HAND',
      'placement constraint',
    ]);
    expect(await fields('update-monitor')).toEqual(['image', 'rollback parallelism', 'label note']);
    // A forced restart is no property of the service: the CLI keeps its counter.
    expect(await fields('restart-delay')).toEqual([]);

    const live = await read(changed);
    expect(swarmChanged('prod', untouched, live)).toEqual([
      'service restart-delay was edited',
      'service update-delay was edited: user, name servers, container label note',
      'service update-monitor was edited: image, label note, rollback parallelism',
      'service update-order was edited: environment BY_HAND, replicas, placement constraint, environment ONE',
    ]);
    const release: DeployedRelease = {
      number: 3,
      at: '2026-01-01T00:00:00Z',
      by: 'alice@ops',
      document: changed,
      environment,
      nodeLabels: [],
      images: imagesOf(untouched),
    };
    expect(driftOf({ stack: 'prod', release, live: untouched }).services).toEqual([]);
    const drift = driftOf({ stack: 'prod', release, live });
    expect(new Set(drift.services.map(({ name }) => name))).toEqual(
      new Set(['update-delay', 'update-order', 'update-monitor']),
    );
    expect(describeDrift(drift, new Date())).toEqual(
      expect.arrayContaining([
        '      replicas: 1 → 0 (release 3 has 1)',
        '      environment ONE removed',
        '      environment BY_HAND added',
        '      label note added',
      ]),
    );
    await deploy(changed);
    expect((await plan(changed)).services.filter((one) => one.action !== 'unchanged')).toEqual([]);
  });
  it('tells of networks what deploying leaves as it is', async () => {
    const document = mostlyPending(changedDocument(image));
    await lab.docker('node1', [
      'network',
      'create',
      '--driver',
      'overlay',
      '--label',
      'com.docker.stack.namespace=prod',
      'prod_by-hand',
    ]);
    const { internal = { driver: 'overlay' as const } } = ownNetworks(document);
    const other = {
      ...document,
      networks: {
        ...document.networks,
        internal: {
          ...internal,
          attachable: internal.attachable !== true,
          driverOpts: { ...internal.driverOpts, encrypted: '' },
        },
      },
    };
    const networks = async (): Promise<unknown> =>
      (await plan(other)).networks.filter(({ action }) => action !== 'unchanged' && action !== 'joined');
    const expected = [
      { name: 'prod_internal', action: 'differs', fields: ['attachable', 'option encrypted'] },
      { name: 'prod_by-hand', action: 'left', fields: [] },
    ];
    expect(await networks()).toEqual(expected);
    await deploy(other);
    expect(await networks()).toEqual(expected);
    expect((await plan(other)).empty).toBe(true);
  });
});
