import { describe, expect, it } from 'vitest';
import { joinedStacks } from '../../../src/checks/joined.ts';
import { subnets } from '../../../src/checks/subnet.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import type { SwarmNetwork, SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import type { JoinedStack } from '../../../src/sdk/definition.ts';
import { context, service, task } from '../../support/check-context.ts';
import { service as composed, stackDocument } from '../compose/documents.ts';

const STACK = 'com.docker.stack.namespace';
const network = (name: string, more: Partial<SwarmNetwork> = {}): SwarmNetwork => ({
  id: `id-${name}`,
  name,
  labels: { [STACK]: name.split('_')[0] ?? '' },
  driver: 'overlay',
  attachable: false,
  internal: false,
  options: {},
  subnets: ['10.0.3.0/24'],
  ...more,
});
const BACKEND = network('store_backend');
/** A service on a network, as `docker stack deploy` makes it: its key is an alias. */
const on = (name: string, of: SwarmNetwork, aliases: string[] = [], Hostname?: string): SwarmService =>
  service(name, {
    spec: {
      TaskTemplate: {
        ContainerSpec: { Hostname },
        Networks: [{ Target: of.id, Aliases: [...aliases, name.slice(name.indexOf('_') + 1)] }],
      },
    },
  });
const STORES = [on('store_store-1', BACKEND), on('store_store-2', BACKEND)];

const JOIN: JoinedStack = {
  network: 'theirs',
  stack: 'store',
  what: 'the store',
  clients: 'every reader',
  servers: ['store-1', 'store-2'].map((host) => ({ host, port: 4433 })),
  answer: 'store.stack',
};
/** Two readers, one of which joins; `own` is encrypted if asked for. */
const joining = (
  more: { name?: string; encrypted?: boolean; both?: boolean; hostname?: string } = {},
): StackDocument => {
  const { name = 'store_backend', encrypted = false, both = false, hostname } = more;
  const dialling = { networks: { own: { aliases: [] }, theirs: { aliases: ['Reader'] } } };
  return stackDocument({
    services: {
      'reader-1': composed({ ...dialling, ...(hostname !== undefined && { hostname }) }),
      'reader-2': composed(both ? dialling : { networks: { own: { aliases: [] } } }),
    },
    networks: {
      own: { driver: 'overlay', ...(encrypted && { driverOpts: { encrypted: '' } }) },
      theirs: { joined: name },
    },
  });
};

interface Swarm {
  networks?: SwarmNetwork[];
  services?: SwarmService[];
  tasks?: SwarmTask[];
  document?: StackDocument;
  join?: Partial<JoinedStack> | false;
}
const RUNNING = [task('id-store_store-2', 'id-n1')];
async function found({
  networks = [BACKEND],
  services = STORES,
  tasks = RUNNING,
  document = joining(),
  join,
}: Swarm = {}) {
  const made = context({}, { services, tasks, engine: { networks: async () => networks } });
  const plan = { ...made.plan, ...(join !== false && { joins: [{ ...JOIN, ...join }] }) };
  return (await joinedStacks.run({ ...made, plan, document })).map(({ level, text }) => `${level}: ${text}`);
}

describe('what a stack uses in another stack', () => {
  it('is there: the network, every name, and a task that runs', async () => {
    expect(await found()).toEqual(['ok: the store of stack store is there']);
    const aliases = [on('store_a', BACKEND, ['store-1']), on('store_b', BACKEND, [], 'STORE-2')];
    expect(await found({ services: aliases, tasks: [task('id-store_b', 'id-n1')] })).toMatchObject(
      [/^ok/].map((ok) => expect.stringMatching(ok)),
    );
  });

  it.each<[string, Swarm, string]>([
    [
      'no network',
      { networks: [] },
      'error: the swarm has no network store_backend, in which the store of stack store is dialled (store.stack)',
    ],
    [
      'a network of another stack',
      { networks: [network('store_backend', { labels: { [STACK]: 'other' } })] },
      'error: network store_backend is not of stack store: it is of stack other',
    ],
    [
      'a network that was made by hand',
      { networks: [network('store_backend', { labels: {} })] },
      'error: network store_backend is not of stack store: it bears no label of a stack, so it was made by hand',
    ],
    [
      'a network of one engine',
      { networks: [network('store_backend', { driver: 'bridge' })] },
      'error: network store_backend has the driver bridge: swarm’s services join an overlay network alone',
    ],
    ['the stack itself', { join: { stack: 'prod' } }, 'error: store.stack names prod, which is this stack itself'],
    [
      'a server that is not on the network',
      { services: [on('store_store-1', BACKEND), on('store_store-2', network('store_front'))] },
      'error: no service of stack store has the name store-2 on network store_backend, by which every reader would dial the store',
    ],
    [
      'a server whose name another stack has',
      { services: [on('store_store-1', BACKEND), on('guest_store-2', BACKEND)] },
      'error: no service of stack store has the name store-2 on network store_backend, by which every reader would dial the store',
    ],
    [
      'a host name that each task has of its own',
      { services: [on('store_store-1', BACKEND), on('store_b', BACKEND, [], 'store-{{.Task.Slot}}')] },
      'error: no service of stack store has the name store-2 on network store_backend, by which every reader would dial the store',
    ],
    [
      'servers that do not run',
      { tasks: [task('id-store_store-1', 'id-n1', { state: 'failed' })] },
      'warning: none of store-1, store-2 in stack store runs: every reader would wait for the store',
    ],
  ])('is told: %s', async (_what, swarm, text) => expect(await found(swarm)).toEqual([text]));

  it('is the overlay network, if an engine has one of its own beside it', async () => {
    const local = network('store_backend', { id: 'local', driver: 'bridge', labels: {} });
    expect(await found({ networks: [local, BACKEND] })).toEqual(['ok: the store of stack store is there']);
  });

  it('has no subnet that would be judged', async () => {
    const made = context({}, { engine: { networks: async () => [BACKEND] } });
    const texts = (await subnets.run({ ...made, document: joining() })).map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.join()).not.toContain('store_backend');
  });
});

describe('names on a network that stacks share', () => {
  it.each([
    ['a key', on('other_reader-1', BACKEND)],
    ['an alias, in other letters', on('other_x', BACKEND, ['READER-1'])],
    ['a host name', on('other_x', BACKEND, [], 'reader-1')],
  ])('are told if a service of another stack has one of them, by %s', async (_how, other) => {
    expect(await found({ services: [...STORES, other] })).toEqual([
      `error: reader-1 is also a name of ${other.name} on network store_backend: whoever dials it there gets either`,
    ]);
  });

  it('are told of the stack’s own networks, with or without one of another stack', async () => {
    const own = network('prod_own');
    const guest = on('guest_reader-2', own);
    const document = stackDocument({
      services: { 'reader-2': composed({ networks: { own: { aliases: [] } } }) },
      networks: { own: { driver: 'overlay' } },
    });
    const seen = (services: SwarmService[], networks = [own]) => found({ services, networks, document, join: false });
    expect(await seen([guest])).toEqual([
      'error: reader-2 is also a name of guest_reader-2 on network prod_own: whoever dials it there gets either',
    ]);
    // Those of this stack, jobs beside it, and what is elsewhere.
    const job = service('job', { ...on('reader-2', own), labels: { 'bundle.stack': 'prod' } });
    expect(await seen([on('prod_reader-2', own), job, on('guest_reader-2', BACKEND)])).toEqual([
      'ok: no network of another stack is used, and nobody else has a name of a service on those of this one',
    ]);
    expect(await seen([guest], [network('prod_own', { labels: {} })])).toEqual([expect.stringMatching(/^ok/)]);
  });

  it('of a server: another service by its name, on another network of who dials it', async () => {
    const text = 'error: store-1, which is dialled on network store_backend, is also a name of ';
    const named = joining({ hostname: 'store-1' });
    expect((await found({ document: named })).filter((each) => each.startsWith(text))).toEqual([
      `${text}prod_reader-1 on network prod_own: who is on both gets either`,
    ]);
    const own = network('prod_own');
    const guest = on('guest_store-1', own);
    expect(await found({ networks: [BACKEND, own], services: [...STORES, guest] })).toEqual([
      `${text}guest_store-1 on network prod_own: who is on both gets either`,
    ]);
  });
});

describe('the encryption of the stack’s own network', () => {
  const clear =
    /^error: tasks of reader-1, reader-2 would reach each other by network a_backend, which comes before prod_own/;
  const swarm = (more: Partial<SwarmNetwork>, document: StackDocument, name = 'a_backend'): Swarm => {
    const backend = network(name, more);
    const services = ['store-1', 'store-2'].map((each) => on(`${name.split('_')[0]}_${each}`, backend));
    const tasks = [task(services[0]?.id ?? '', 'id-n1')];
    return { networks: [backend], services, tasks, document, join: { stack: name.split('_')[0] ?? '' } };
  };

  it('is passed by if two tasks share a network that comes first and is not encrypted', async () => {
    const both = joining({ name: 'a_backend', encrypted: true, both: true });
    expect(await found(swarm({}, both))).toEqual([expect.stringMatching(clear)]);
    expect(await found(swarm({ options: { encrypted: '' } }, both))).toEqual([expect.stringMatching(/^ok/)]);
    for (const document of [
      joining({ name: 'a_backend', both: true }),
      joining({ name: 'a_backend', encrypted: true }),
    ])
      expect(await found(swarm({}, document))).toEqual([expect.stringMatching(/^ok/)]);
    const later = joining({ name: 'z_backend', encrypted: true, both: true });
    expect(await found(swarm({}, later, 'z_backend'))).toEqual([expect.stringMatching(/^ok/)]);
  });
});
