import { describe, expect, it } from 'vitest';
import { emptyLock, type LockedSecret } from '../../../src/bundle/lock.ts';
import { renderBundle } from '../../../src/bundle/render.ts';
import { goesForward, tellWayBack, wayBack } from '../../../src/deploy/way-back.ts';
import { STACK_IMAGE, type Engine, type SwarmConfig, type SwarmTask } from '../../../src/engine/port.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { load, type Loaded } from '../../../src/project/bundle-dir.ts';
import type { Deployable } from '../../../src/release/content.ts';
import { encodeRelease, releaseLabels, type StoredRelease } from '../../../src/release/record.ts';
import type { LeafOptions } from '../../../secrets/index.ts';
import { validateAnswers } from '../../support/answers.ts';
import { node, service, task } from '../../support/check-context.ts';
import { init, manager, recordedIo, workplace } from '../init/support.ts';
import type { SecretState } from '../../../src/bundle/secret-state.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import { planBundle, type Survey } from '../../../src/project/plan-bundle.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { holding } from '../plan/engine.ts';
import { cluster, lockOf, rendered } from '../stacks/imply.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name));

/** A bundle of three ZooKeeper servers with these answers. */
function bundleOf(answers: Record<string, unknown> = {}): Deployable {
  const all = { version: 1, stack: 'zookeeper', name: 'zk', nodes: ['n1', 'n2', 'n3'], ...answers };
  const bundle = validateAnswers(all, 'bundle.yaml');
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  const { document } = plan.document(
    (secret, part) => `zk_${secret}-${part}.v1`,
    () => ['/start'],
  );
  return { directory: { bundle, plan, lock: emptyLock() }, document };
}

describe('the way back from a deployment that told of a password, and restarted nothing', () => {
  const kafka = { version: 1, stack: 'kafka', name: 'prod', nodes: ['n1', 'n2', 'n3'] };
  const bundle = validateAnswers(kafka, 'bundle.yaml');
  const { document } = rendered(bundle);
  const version = (number: number): StackDocument =>
    JSON.parse(JSON.stringify(document).replaceAll('kafka-admin-password.v1', `kafka-admin-password.v${number}`));
  const nodes = NODES.slice(0, 3).map((each, index) => ({
    ...each,
    labels: { [`bundle.prod.kafka-${index + 1}`]: 'true' },
  }));
  const held = holding(document, nodes);
  const names = [...held.secrets, 'prod_kafka-admin-password.v2'];
  const found = {
    live: held,
    liveSecrets: names.map((name) => ({ name, labels: {} })),
    networks: held.networks,
    volumes: [],
    info: { swarm: { nodeId: '' } },
    keptPorts: new Map(),
  } as unknown as Survey;
  const past = {
    directory: {
      bundle,
      plan: bundle.definition.plan('prod', bundle.answers),
      lock: emptyLock(),
      secrets: { materials: {} },
    },
    document,
  } as unknown as Loaded;
  const states = names.map((name) => ({ name, live: {} })) as unknown as SecretState[];
  const release = (state: ReleaseState, number: number) =>
    ({ state, note: '', images: {}, document: version(number), lock: emptyLock() }) as unknown as StoredRelease;
  const told = (...releases: StoredRelease[]) =>
    planBundle(past, found, states, { history: { releases, unreadable: [] } });
  /** The plan of a bundle with the next version of these files, from what runs. */
  const forward = (...files: string[]) => {
    const text = files.reduce((all, file) => all.replaceAll(`${file}.v1`, `${file}.v2`), JSON.stringify(document));
    const loaded = { ...past, document: JSON.parse(text) as StackDocument };
    return planBundle(loaded, found, states, { history: { releases: [release('verified', 1)], unreadable: [] } });
  };

  it('has the former password told, though every service has it', () => {
    const plan = told(release('failed', 2), release('verified', 1));
    expect(plan.services.filter(({ action }) => action !== 'unchanged')).toEqual([]);
    expect(plan.told).toMatchObject([
      { secret: 'prod_kafka-admin-password.v1', before: ['prod_kafka-admin-password.v2'] },
    ]);
    expect(plan.empty).toBe(false);
  });

  it('has nothing to tell once it went, or if the password was not in the swarm yet', () => {
    expect(told(release('verified', 1), release('failed', 2)).empty).toBe(true);
    expect(told(release('failed', 3), release('verified', 1)).empty).toBe(true);
  });

  it('has nothing to do with one whose brokers restart together: those are told once they run, also by the next run', () => {
    const password = 'kafka-admin-password';
    expect(forward(password).told).toMatchObject([{ secret: 'prod_kafka-admin-password.v2' }]);
    expect(forward(password).told?.[0]?.later).toBeUndefined();
    const joint = forward(password, 'kafka-peers-ca.crt');
    expect(joint.restarts).toMatchObject([{ how: 'at-once', shared: ['kafka-peers-ca.crt'] }]);
    expect(joint.told).toMatchObject([{ before: ['prod_kafka-admin-password.v1'], later: true }]);
    // What runs has version 1, as after a restart together that was killed before anybody was told.
    const killed = told(release('started', 1), release('verified', 2));
    expect(killed.services.filter(({ action }) => action !== 'unchanged')).toEqual([]);
    expect(killed.told).toMatchObject([{ secret: 'prod_kafka-admin-password.v1', before: ['prod_kafka-admin-password.v2'], later: true }]); // prettier-ignore
    const noted = { ...release('deployed', 1), images: { 'kafka-1': 'kafka@sha256:1' } };
    expect(told(noted, release('verified', 2)).empty).toBe(true);
  });
});

describe('after a rollback, a deployment of bundle.yaml', () => {
  it('goes forward again if it says something else', () => {
    expect(goesForward(bundleOf({ heapMb: 700 }), bundleOf(), NODES)).toBe(true);
    expect(goesForward(bundleOf({ nodes: ['n1', 'n2', 'n4'] }), bundleOf(), NODES)).toBe(true);
  });

  it('does not if it says the same already', () => {
    expect(goesForward(bundleOf(), bundleOf(), NODES)).toBe(false);
  });
});

describe('a way back to another store, whose password has the same name', () => {
  const OWN = { store: { embedded: true } };
  const outside = (host: string) => ({ store: { embedded: false, host, user: 'imply' } });
  const OUTSIDE = outside('db.example.org');
  const bucket = (user: string) => ({ deepStorage: { type: 's3', path: 's3://bucket/prefix', user } });

  /** The versions of a secret, in document and lock, after going back over good releases, the oldest first. */
  async function back(
    secret: 'store-password' | 'deep-storage-key',
    releases: [answers: Record<string, unknown>, version: number][],
    to?: number,
  ) {
    const bundles = releases.map(([answers]) => cluster(answers));
    const configs = releases.map(([, version], index): SwarmConfig => {
      const bundle = bundles[index]!;
      const { secrets, ...rest } = lockOf(bundle);
      const lock = { ...rest, secrets: { ...secrets, [secret]: { ...secrets[secret]!, version } } };
      const answers = { version: 1, stack: 'imply', name: 'prod', ...bundle.answers };
      return {
        ...{ id: `r${index + 1}`, name: `prod.release.${index + 1}`, version: 1, createdAt: '', updatedAt: '' },
        labels: releaseLabels('prod', { state: 'verified' }),
        data: encodeRelease({
          ...{ number: index + 1, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', lock, nodeLabels: [] },
          ...{ answers, document: renderBundle(bundle, lock).document },
        }),
      };
    });
    const present = { directory: { dir: workplace(), bundle: bundles.at(-1), lock: emptyLock() } } as unknown as Loaded;
    const way = await wayBack(manager([], { configs: async () => configs }), present, { to });
    const { document, directory } = way.past;
    return {
      mounted: document.secrets[secret]?.name,
      locked: directory.lock.secrets[secret]?.version,
      ...{ kept: way.kept, back: way.back, target: way.target.number },
    };
  }

  it.each<[string, Parameters<typeof back>, number, object?]>([
    [
      'its own again: that of its data',
      [
        'store-password',
        [
          [OWN, 1],
          [OUTSIDE, 2],
        ],
      ],
      1,
    ],
    [
      'one outside again',
      [
        'store-password',
        [
          [OUTSIDE, 1],
          [OWN, 2],
        ],
      ],
      1,
    ],
    [
      'one outside again, from another',
      [
        'store-password',
        [
          [OUTSIDE, 1],
          [outside('db2.example.org'), 2],
        ],
      ],
      1,
    ],
    [
      'its own again, which was told another one meanwhile',
      [
        'store-password',
        [
          [OWN, 1],
          [{ ...OWN, ...bucket('a') }, 2],
          [OUTSIDE, 3],
        ],
        1,
      ],
      2,
      { kept: [{ secret: 'store-password', then: 1, now: 2 }] },
    ],
    [
      'the same one: the one that runs',
      [
        'store-password',
        [
          [OWN, 1],
          [{ ...OWN, ...bucket('a') }, 2],
        ],
      ],
      2,
      { kept: [{ secret: 'store-password', then: 1, now: 2 }] },
    ],
    [
      'the key of another account',
      [
        'deep-storage-key',
        [
          [bucket('a'), 1],
          [bucket('b'), 2],
        ],
      ],
      1,
    ],
  ])('%s', async (_what, given, version, more = {}) => {
    expect(await back(...given)).toEqual({
      mounted: `prod_${given[0]}.v${version}`,
      locked: version,
      ...{ kept: [], back: [], target: 1 },
      ...more,
    });
  });
});

/** A record of an Imply cluster with these answers, and this version of the store's password. */
function recordOf(
  number: number,
  over: Record<string, unknown>,
  version: number,
  {
    state = 'verified',
    ...more
  }: Partial<Pick<StoredRelease, 'state' | 'was' | 'note' | 'images' | 'rollbackOf'>> & { image?: string } = {},
): SwarmConfig {
  const bundle = cluster(over);
  const { secrets, ...rest } = lockOf(bundle);
  const lock = { ...rest, secrets: { ...secrets, 'store-password': { ...secrets['store-password']!, version } } };
  const { services, ...others } = renderBundle(bundle, lock).document;
  const { mysql } = services;
  const changed = more.image !== undefined && mysql && { mysql: { ...mysql, image: more.image } };
  const document = { ...others, services: { ...services, ...changed } };
  return {
    ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
    labels: releaseLabels('prod', {
      ...{ state, was: more.was, images: more.images ?? {} },
      ...(more.note && { note: more.note }),
    }),
    data: encodeRelease({
      ...{ number, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', lock, nodeLabels: [], document },
      answers: { version: 1, stack: 'imply', name: 'prod', ...bundle.answers },
      ...(more.rollbackOf && { rollbackOf: more.rollbackOf }),
    }),
  };
}

/** The way back of a bundle with the answers of the last record. */
const backOver = (configs: SwarmConfig[], options: Parameters<typeof wayBack>[2] = {}, over: Partial<Engine> = {}) =>
  wayBack(
    manager([], { configs: async () => configs, ...over }),
    { directory: { dir: workplace(), bundle: cluster(), lock: emptyLock() } } as unknown as Loaded,
    options,
  );

/** A service as `docker stack deploy` makes it of an image that a document names. */
const deployed = (name: string, written: string, image: string) =>
  service(name, {
    spec: { Labels: { [STACK_IMAGE]: written }, TaskTemplate: { ContainerSpec: { Image: image } } },
  });

describe('the images of a way back', () => {
  const [ONE, TWO] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
  const APP = 'app:15';
  const pin = (digest: string): string => `${APP}@${digest}`;
  const dead = () => Promise.reject(new BundleError('engine-error', 'no route to host', { exit: EXIT.preflight }));
  const meansNow = (digest: string) => () => Promise.resolve({ digest, platforms: [] });

  /** The image that a way back writes for a service that release 1 had as `app:15@ONE`. */
  async function writes(
    live: [written: string, image: string] | undefined,
    imageInRegistry: Engine['imageInRegistry'],
    recorded = APP,
  ): Promise<string | undefined> {
    const configs = [
      recordOf(1, { secretDelivery: 'wrapper' }, 1, { image: recorded, images: { mysql: pin(ONE) } }),
      recordOf(2, { deepStorage: { type: 's3', path: 's3://bucket/other' } }, 1, { image: APP }),
    ];
    const services = async () => (live ? [deployed('prod_mysql', ...live)] : []);
    const way = await backOver(configs, { to: 1 }, { services, imageInRegistry });
    // What a wrapper starts comes back with its image, by the digest: nothing takes a tag anew.
    expect(way.past.directory.plan.wrappedImages).toEqual([]);
    return way.past.document.services['mysql']?.image;
  }

  it.each<[string, Engine['imageInRegistry']]>([
    ['means another one now', meansNow(TWO)],
    ['is in a registry that does not answer', dead],
    ['means it still', meansNow(ONE)],
  ])('leave the words of a service that runs the recorded one, if its tag %s', async (_what, registry) => {
    expect(await writes([APP, pin(ONE)], registry)).toBe(APP);
    // Of an earlier way back, or of bundle.yaml.
    expect(await writes([pin(ONE), pin(ONE)], registry)).toBe(pin(ONE));
    expect(await writes([pin(ONE), pin(ONE)], registry, pin(ONE))).toBe(pin(ONE));
  });

  it('pin a service that runs another one by the same words, though its tag means the recorded one again', async () => {
    for (const registry of [meansNow(ONE), meansNow(TWO), dead])
      for (const image of [pin(TWO), APP]) expect(await writes([APP, image], registry)).toBe(pin(ONE));
  });

  it('pin any other service if its tag means another one now, or nobody knows', async () => {
    for (const live of [undefined, ['app:16', `app:16@${TWO}`]] as const) {
      expect(await writes(live && [...live], meansNow(ONE))).toBe(APP);
      expect(await writes(live && [...live], meansNow(TWO))).toBe(pin(ONE));
      expect(await writes(live && [...live], dead)).toBe(pin(ONE));
    }
  });
});

describe('a rollback that keeps replaced secrets, run again', () => {
  const BUCKET = { deepStorage: { type: 's3', path: 's3://bucket/prefix', user: 'a' } };
  const over = (last: Parameters<typeof recordOf>[3]) => [
    recordOf(1, {}, 1),
    recordOf(2, BUCKET, 2),
    recordOf(3, {}, 2, { rollbackOf: 1, ...last }),
  ];

  it.each<[string, Parameters<typeof recordOf>[3]]>([
    ['was killed', { state: 'started' }],
    ['was interrupted while it was verified', { state: 'deployed', images: { mysql: 'mysql:8' } }],
    ['stopped at a service', { state: 'failed', note: 'roll-stopped' }],
  ])('goes on if it %s', async (_what, last) => {
    const way = await backOver(over(last));
    expect(way.target.number).toBe(1);
    expect(way.kept).toEqual([{ secret: 'store-password', then: 1, now: 2 }]);
    expect(way.past.document.secrets['store-password']?.name).toBe('prod_store-password.v2');
  });

  it.each<[string, Parameters<typeof recordOf>[3]]>([
    ['is verified', { state: 'verified' }],
    ['did not converge', { state: 'failed', note: 'not-converged', images: { mysql: 'mysql:8' } }],
  ])('has nothing left to do if it %s', async (_what, last) => {
    await expect(backOver(over(last), { to: 1 })).rejects.toMatchObject({ code: 'only-secrets', exit: 2 });
    expect((await backOver(over(last))).target.number).toBe(2);
  });
});

describe('a way back over a release that was good, and failed since', () => {
  const over = [
    recordOf(1, {}, 1),
    recordOf(2, { images: { agent: 'imply/agent:v16' } }, 1, { state: 'failed', was: 'verified', note: 'unstable' }),
    recordOf(3, { images: { agent: 'imply/agent:v17' } }, 1, { state: 'failed', note: 'not-converged' }),
  ];
  const told = async (options: Parameters<typeof wayBack>[2]) => {
    const way = await backOver(over, options);
    const { io, err } = recordedIo(workplace());
    tellWayBack(way, io);
    return [way.target.number, err()] as const;
  };

  it('says that it takes an earlier one, and how to have that', async () => {
    const [number, text] = await told({});
    expect(number).toBe(1);
    expect(text).toContain('release 2 is passed by: it was verified, and failed since (unstable)');
    expect(text).toContain('`bundle rollback --to 2` brings it back');
  });

  it.each([1, 2])('says nothing of it if release %i was named', async (to) => {
    const [number, text] = await told({ to });
    expect(number).toBe(to);
    expect(text).not.toContain('passed by');
  });
});

describe('a way back over another series of a program that took its data over', () => {
  const [OLD, NEW] = ['mysql:8.4.11', 'mysql:9.1.0'] as const;
  const digest = `sha256:${'a'.repeat(64)}`;
  const pinned = (image: string): string => `${image}@${digest}`;
  const agent = (tag: string) => ({ images: { agent: `imply/agent:${tag}` } });
  const swarm = (image: string, more: Partial<SwarmTask> = {}): Partial<Engine> => ({
    services: async () => [deployed('prod_mysql', image, pinned(image))],
    tasks: async () => [task('id-prod_mysql', 'n1', { image: pinned(image), ...more })],
    imageInRegistry: async () => ({ digest, platforms: [] }),
  });
  const before = recordOf(1, agent('v15'), 1, { image: OLD, images: { mysql: pinned(OLD) } });
  const failed = (over: Record<string, unknown>, note = 'verification-failed') =>
    recordOf(2, over, 1, { image: NEW, state: 'failed', note, images: { mysql: pinned(NEW) } });

  it('leaves its image as it is, and brings back the rest', async () => {
    const way = await backOver([before, failed(agent('v16'))], {}, swarm(NEW));
    const { services } = way.past.document;
    expect(way.target.number).toBe(1);
    expect(services['mysql']?.image).toBe(NEW);
    expect(services['imply-query-1']?.image).toBe('imply/agent:v15');
    const { io, err } = recordedIo(workplace());
    tellWayBack(way, io);
    expect(err()).toContain(
      `mysql stays at ${NEW} and does not get ${OLD} (MySQL does not start on the data of a later series)`,
    );
    expect(err()).toContain('--ignore image-downgrade');
  });

  it('leaves its words too, though its tag means another one now', async () => {
    const moved = { imageInRegistry: async () => ({ digest: `sha256:${'b'.repeat(64)}`, platforms: [] }) };
    const way = await backOver([before, failed(agent('v16'))], {}, { ...swarm(NEW), ...moved });
    expect(way.past.document.services['mysql']?.image).toBe(NEW);
  });

  it('brings the image back too if its check is ignored', async () => {
    const way = await backOver([before, failed(agent('v16'))], { ignore: ['image-downgrade'] }, swarm(NEW));
    expect(way.stay).toEqual([]);
    expect(way.past.document.services['mysql']?.image).toContain(OLD);
  });

  it('brings it back if the later one never ran on the data: it refused it, or could not be pulled', async () => {
    for (const more of [
      { state: 'failed', message: 'starting', containerId: 'c' },
      { state: 'rejected', message: 'preparing' },
    ] as const) {
      const way = await backOver([before, failed(agent('v16'), 'not-converged')], {}, swarm(NEW, more));
      expect(way.stay).toEqual([]);
      expect(way.past.document.services['mysql']?.image).toContain(OLD);
    }
  });

  it('is refused before anything is done if nothing else would go back', async () => {
    await expect(backOver([before, failed(agent('v15'))], {}, swarm(NEW))).rejects.toMatchObject({
      code: 'only-kept-images',
      exit: 2,
      message: expect.stringContaining(`mysql stays at ${NEW} and does not get ${OLD}`),
    });
  });

  it('is not refused if an image comes back that the same words meant before', async () => {
    const other = `sha256:${'b'.repeat(64)}`;
    const manager = (digest: string) => ({ 'imply-manager': `imply/manager:2023.03.1@${digest}` });
    const first = recordOf(1, agent('v15'), 1, { image: OLD, images: { mysql: pinned(OLD), ...manager(digest) } });
    const second = { state: 'failed', note: 'verification-failed' } as const;
    const images = { mysql: pinned(NEW), ...manager(other) };
    const way = await backOver(
      [first, recordOf(2, agent('v15'), 1, { image: NEW, images, ...second })],
      {},
      swarm(NEW),
    );
    expect(way).toMatchObject({ target: { number: 1 }, stay: [{ from: NEW }] });
  });

  it.each<[string, Partial<Engine>]>([
    ['runs', {}],
    ['was stopped, so that the swarm has forgotten its tasks', { tasks: async () => [] }],
  ])('goes on with one that stopped, and leaves the image again, if its service %s', async (_what, now) => {
    const stopped = recordOf(3, agent('v15'), 1, { image: NEW, rollbackOf: 1, state: 'failed', note: 'roll-stopped' });
    const rolled = recordOf(2, agent('v16'), 1, { image: NEW, state: 'failed', note: 'roll-stopped' });
    const way = await backOver([before, rolled, stopped], {}, { ...swarm(NEW), ...now });
    expect(way.target.number).toBe(1);
    expect(way.past.document.services['mysql']?.image).toBe(NEW);
    expect(way.stay).toMatchObject([{ from: NEW, pinned: pinned(NEW), to: OLD }]);
  });

  it('leaves the image of the last good release that had it, over one that has its store outside', async () => {
    const [first, second] = ['mysql:8.0.46', 'mysql:8.4.11'];
    const outside = { store: { embedded: false, host: 'db.example.org', user: 'imply' } };
    const configs = [
      recordOf(1, agent('v15'), 1, { image: first, images: { mysql: pinned(first) } }),
      recordOf(2, agent('v15'), 1, { image: second, images: { mysql: pinned(second) } }),
      recordOf(3, { ...agent('v15'), ...outside }, 2, { images: { manager: pinned('manager') } }),
    ];
    const none = { ...swarm(NEW), services: async () => [], tasks: async () => [] };
    const way = await backOver(configs, { to: 1 }, none);
    expect(way.stay).toMatchObject([{ from: second, pinned: pinned(second), to: first }]);
    expect(way.past.document.services['mysql']?.image).toBe(second);
    expect((await backOver(configs, { to: 1, ignore: ['image-downgrade'] }, none)).stay).toEqual([]);
    expect((await backOver(configs, { to: 2 }, none)).stay).toEqual([]);
  });

  it('has nothing to leave over patches of one series', async () => {
    const patch = 'mysql:8.4.12';
    const later = recordOf(2, agent('v16'), 1, { image: patch, images: { mysql: pinned(patch) } });
    const way = await backOver([before, later], {}, swarm(patch));
    expect(way.stay).toEqual([]);
    expect(way.past.document.services['mysql']?.image).toContain(OLD);
  });
});

describe('a way back from a deployment that failed with renewed certificates', () => {
  const DAY = 86_400_000;
  const at = (days: number): string => new Date(Date.now() + days * DAY).toISOString();
  const kafka = (heapMb: number) =>
    validateAnswers({ version: 1, stack: 'kafka', name: 'prod', nodes: ['n1', 'n2', 'n3'], heapMb }, 'bundle.yaml');
  const LEAF = 'kafka-1';

  /** A record, with the certificate of the first broker as this version, which ends in so many days. */
  function record(
    number: number,
    leaf: { version: number; ends: number; begins?: number; names?: string[]; authority?: string },
    state: ReleaseState = 'verified',
  ) {
    const bundle = kafka(1000 + number);
    const { secrets: needs } = bundle.definition.plan('prod', bundle.answers);
    const { secrets, ...rest } = lockOf(bundle);
    const leaves = needs.flatMap(({ secret, issued, options }): [string, LockedSecret][] => {
      if (!issued) return [];
      const { subject, names, key, days } = options as unknown as LeafOptions;
      const issuedFor = { by: issued.by, authority: 'ca', subject, names: [...names], key, days };
      return [[secret, { ...secrets[secret]!, issued: issuedFor }]];
    });
    const authorities = leaves.map(([, { issued }]) => [
      issued!.by,
      { ...secrets[issued!.by]!, facts: { certificateSha256: 'ca' } },
    ]);
    const locked: Record<string, LockedSecret> = { ...secrets, ...Object.fromEntries([...leaves, ...authorities]) };
    const { issued, ...own } = locked[LEAF]!;
    const print = String(leaf.version).repeat(64);
    locked[LEAF] = {
      ...{ ...own, version: leaf.version, facts: { notBefore: at(leaf.begins ?? -400), notAfter: at(leaf.ends) } },
      fingerprints: Object.fromEntries(Object.keys(own.fingerprints).map((part) => [part, print])),
      issued: {
        ...issued!,
        ...(leaf.names && { names: leaf.names }),
        ...(leaf.authority && { authority: leaf.authority }),
      },
    };
    const lock = { ...rest, secrets: locked };
    const config: SwarmConfig = {
      ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
      labels: releaseLabels('prod', { state, ...(state === 'failed' && { note: 'not-converged' }) }),
      data: encodeRelease({
        ...{ number, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', lock, nodeLabels: [] },
        answers: { version: 1, stack: 'kafka', name: 'prod', ...bundle.answers },
        document: renderBundle(bundle, lock).document,
      }),
    };
    return config;
  }

  /** The version of the certificate that comes back over these releases; the swarm has those versions of it. */
  async function back(
    releases: SwarmConfig[],
    held: number[] = [1, 2, 3],
    options = {},
    print: (version: number) => string = String,
  ) {
    const secrets = async () =>
      held.map((version) => ({
        ...{ id: `s${version}`, name: `prod_${LEAF}.pem.v${version}`, createdAt: '' },
        labels: { 'bundle.fingerprint': print(version).repeat(64) },
      }));
    const directory = { dir: workplace(), bundle: kafka(1000), lock: emptyLock() };
    const engine = manager([], { configs: async () => releases, secrets });
    const { past, kept } = await wayBack(engine, { directory } as unknown as Loaded, options);
    const version = past.directory.lock.secrets[LEAF]?.version;
    expect(past.document.secrets[`${LEAF}.pem`]?.name).toBe(`prod_${LEAF}.pem.v${version}`);
    expect(kept).toEqual(version === 1 ? [] : [{ secret: LEAF, then: 1, now: version }]);
    return version;
  }

  const before = (ends: number) => record(1, { version: 1, ends });
  const failed = (leaf: Partial<Parameters<typeof record>[1]> = {}, number = 2) =>
    record(number, { version: number, ends: 300, ...leaf }, 'failed');
  const killed = record(2, { version: 2, ends: 300 }, 'started');
  const others = { names: ['kafka-1', 'other'] };

  it.each<[string, Parameters<typeof back>, number]>([
    ['keeps one if that of before has expired', [[before(-1), failed()]], 2],
    ['keeps one if that of before ends within hours', [[before(0.5), failed()]], 2],
    ['keeps one whatever became of its deployment', [[before(-1), killed]], 2],
    ['keeps an earlier one, if the last names something else', [[before(-1), failed(), failed(others, 3)]], 2],
    ['keeps none while that of before holds: it is what the deployment replaced', [[before(20), failed()]], 1],
    ['keeps none that has ended as well', [[before(-9), failed({ ends: -1 })]], 1],
    ['keeps none that is not valid yet', [[before(-1), failed({ begins: 1 })]], 1],
    ['keeps none that names something else', [[before(-1), failed(others)]], 1],
    ['keeps none of another CA', [[before(-1), failed({ authority: 'another' })]], 1],
    ['keeps none that the swarm does not have', [[before(-1), failed()], [1]], 1],
    ['keeps none of which the swarm has another content', [[before(-1), failed()], [1, 2], {}, () => '9'], 1],
    ['keeps none if those of then are asked for', [[before(-1), failed()], [1, 2], { withSecrets: true }], 1],
  ])('%s', async (_what, given, version) => {
    expect(await back(...given)).toBe(version);
  });
});

describe('a way back over a release that this version cannot read', () => {
  /** A bundle whose releases 5 and 6 are verified, and whose release 7 another version made. */
  async function over7() {
    const cwd = workplace();
    const recorded = recordedIo(cwd);
    expect((await init(cwd, { stack: 'zookeeper', set: ['nodes=n1,n2,n3'], yes: true })).exit).toBe(0);
    const loaded = await load({ dir: 'prod' }, recorded.io);
    const { bundle, lock } = loaded.directory;
    const configs = [5, 6, 7].map((number): SwarmConfig => ({
      ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
      labels: releaseLabels('prod', { state: 'verified' }),
      data: encodeRelease({
        ...{ number, at: `2026-01-0${number}T00:00:00Z`, by: 'ann@ops', tool: '0.1.0', lock, nodeLabels: [] },
        answers: { version: 1, stack: 'zookeeper', name: 'prod', ...bundle.answers },
        document: { ...loaded.document, volumes: number === 5 ? {} : loaded.document.volumes },
        ...(number === 7 && { format: 4 }),
      }),
    }));
    const engine = manager([], { configs: async () => configs });
    return { engine, loaded, ...recorded };
  }

  it('is refused unless it is told how far', async () => {
    const { engine, loaded } = await over7();
    await expect(wayBack(engine, loaded)).rejects.toMatchObject({
      code: 'newer-release',
      exit: 2,
      message: 'this version of bundle cannot read the record of release 7 of prod',
    });
  });

  it.each([5, 6])('to %i says that its secrets are not known, unless they are wanted as of then', async (to) => {
    const { engine, loaded, io, err } = await over7();
    const way = await wayBack(engine, loaded, { to });
    expect(way).toMatchObject({ target: { number: to }, unread: 7 });
    tellWayBack(way, io);
    expect(err()).toContain(
      `this version of bundle cannot read release 7: secrets that were replaced with it come back with release ${to}`,
    );
    expect((await wayBack(engine, loaded, { to, withSecrets: true })).unread).toBeUndefined();
  });
});
