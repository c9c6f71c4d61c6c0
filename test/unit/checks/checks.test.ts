import { describe, expect, it } from 'vitest';
import { autolock } from '../../../src/checks/autolock.ts';
import { engine as engineCheck } from '../../../src/checks/engine.ts';
import type { CheckContext } from '../../../src/checks/check.ts';
import { engine } from '../../../src/checks/engine.ts';
import { hostPorts } from '../../../src/checks/host-ports.ts';
import { images } from '../../../src/checks/images.ts';
import { placement } from '../../../src/checks/placement.ts';
import { placementMove } from '../../../src/checks/placement-move.ts';
import { registryLogin } from '../../../src/checks/registry-login.ts';
import type { RegistryLogin, SwarmTask } from '../../../src/engine/port.ts';
import type { Plan } from '../../../src/plan/changes.ts';
import { desiredEntries } from '../../../src/plan/convert.ts';
import { runChecks, requirePassed } from '../../../src/checks/run.ts';
import { context, node, service, task } from '../../support/check-context.ts';
import { holding } from '../plan/engine.ts';

const levels = async (check: { run: (context: CheckContext) => unknown }, from: CheckContext) =>
  ((await check.run(from)) as { level: string; text: string }[]).map(({ level, text }) => `${level}: ${text}`);

/** The defaults of the definition, taken off 4 CPUs and 8 GB a node. */
const FREE =
  'ok: free when deployed: n1 3.5 of 4 CPUs and 6.47 GiB of 7.45 GiB; n2 3.2 of 4 CPUs and 5 GiB of 7.45 GiB; ' +
  'n3 3.6 of 4 CPUs and 6.18 GiB of 7.45 GiB';

describe('placement', () => {
  it('is content with a ready node for every service', async () => {
    expect(await levels(placement, context())).toEqual(['ok: every service has a ready node', FREE]);
  });

  it('names a node that is not there, and those that are', async () => {
    const found = await placement.run(context({ manager: { nodes: ['elsewhere'] } }));
    expect(found[0]).toMatchObject({
      level: 'error',
      text: 'there is no node "elsewhere" for imply-manager, mysql, zookeeper-1',
      hint: 'nodes of this swarm: n1, n2, n3',
    });
  });

  it.each([
    ['down', { state: 'down' as const }, 'node n3 is down; imply-data-2 cannot start there'],
    ['drained', { availability: 'drain' as const }, 'node n3 is set to drain; imply-data-2 cannot start there'],
  ])('refuses a node that is %s', async (_word, more, text) => {
    expect(await levels(placement, context({}, { nodes: [node('n1'), node('n2'), node('n3', more)] }))).toEqual([
      `error: ${text}`,
      expect.stringMatching(/^ok: free/),
    ]);
  });

  it('says of one that is down that its Docker may run: swarm may keep it for down all the same', async () => {
    const nodes = [node('n1'), node('n2'), node('n3', { state: 'down' })];
    const [found] = await placement.run(context({}, { nodes }));
    expect(found?.hint).toBe('bring it back (if Docker runs there, restart it), or name another node');
  });

  it.each(['unknown', 'disconnected'] as const)('tells a node that is %s from one that is down', async (state) => {
    const [found] = await placement.run(context({}, { nodes: [node('n1'), node('n2'), node('n3', { state })] }));
    expect(found).toEqual({
      level: 'error',
      text: 'the swarm has not heard of node n3 since its managers elected a leader; imply-data-2 cannot start there yet',
      hint: 'run the command again in half a minute: by then the swarm has it ready, or down',
    });
  });

  describe('a node that is paused', () => {
    const paused = [node('n1', { availability: 'pause' }), node('n2'), node('n3')];
    const { document } = context();
    /** The stack as it is deployed, its tasks on their nodes; these answers differ from what is deployed. */
    const deployed = (answers = {}, nodes = paused, without = '') => {
      const on = new Map(
        context().plan.placements.flatMap(({ nodes: [at = ''], services }) => services.map((name) => [name, at])),
      );
      const live = [...desiredEntries('prod', document)]
        .filter(([name]) => name !== without)
        .map(([name, { spec }]) => ({ name, service: service(`prod_${name}`, { spec: { ...spec } }) }));
      return placement.run(
        context(answers, {
          nodes,
          services: live.map((each) => each.service),
          tasks: live.map(({ name, service: { id } }) => task(id, `id-${on.get(name) ?? ''}`)),
        }),
      );
    };
    const hint = 'docker node update --availability active n1';

    it('keeps what it has: a deployment that starts nothing there is not refused', async () => {
      expect((await deployed()).filter(({ level }) => level !== 'ok')).toEqual([
        {
          level: 'warning',
          text:
            'node n1 is set to pause: what runs of imply-manager, mysql, zookeeper-1 and 1 more stays, but what ends ' +
            'does not start there again',
          hint,
        },
      ]);
      expect((await deployed({}, [node('n1'), node('n2'), node('n3')])).every(({ level }) => level === 'ok')).toBe(
        true,
      );
    });

    it('is refused for what has to start there, and for that alone', async () => {
      const changed = { images: { manager: 'imply/manager:2' } };
      for (const found of [await deployed(changed), await deployed({}, paused, 'imply-manager')]) {
        expect(found.filter(({ level }) => level !== 'ok')).toEqual([
          { level: 'error', text: 'node n1 is set to pause; imply-manager cannot start there', hint },
          {
            level: 'warning',
            text:
              'node n1 is set to pause: what runs of mysql, zookeeper-1, imply-master-1 stays, but what ends does not ' +
              'start there again',
            hint,
          },
        ]);
      }
    });

    it.each([
      ['drained', { availability: 'drain' as const }, 'set to drain'],
      ['down', { state: 'down' as const }, 'down'],
    ])('one that is %s keeps nothing', async (_word, more, word) => {
      expect((await deployed({}, [node('n1', more), node('n2'), node('n3')]))[0]).toMatchObject({
        level: 'error',
        text: `node n1 is ${word}; imply-manager, mysql, zookeeper-1 and 1 more cannot start there`,
      });
    });
  });

  it('refuses a host name that two nodes have, and takes an id instead', async () => {
    const twins = [node('n1'), node('n2'), node('n3'), node('n3', { id: 'other' })];
    expect((await levels(placement, context({}, { nodes: twins })))[0]).toContain('2 nodes are called "n3"');
    const byId = {
      agents: { master: { nodes: ['n1'] }, query: { nodes: ['n2'] }, data: { replicas: 2, nodes: ['n2', 'other'] } },
    };
    expect((await levels(placement, context(byId, { nodes: twins })))[0]).toBe('ok: every service has a ready node');
  });

  const small = {
    agents: {
      master: { nodes: ['n1'] },
      query: { nodes: ['n2'], reserve: { memory: '9G' } },
      data: { replicas: 2, nodes: ['n2', 'n3'] },
    },
  };

  it('names what every node lacks for a service that finds none', async () => {
    const [finding] = await placement.run(context(small));
    expect(finding).toMatchObject({
      level: 'error',
      text:
        'no node takes imply-query-1: n1 has 7.45 GiB of 7.45 GiB memory left, and it reserves 9 GiB; n2 has 7.45 ' +
        'GiB of 7.45 GiB memory left, and it reserves 9 GiB; n3 has 7.45 GiB of 7.45 GiB memory left, and it ' +
        'reserves 9 GiB',
      hint: expect.stringContaining('reserve less') as string,
    });
  });

  it('counts what other stacks reserve, and not what it replaces itself', async () => {
    const spec = { Resources: { Reservations: { MemoryBytes: 7 * 2 ** 30 } } };
    const other = (labels: Record<string, string>) =>
      context({}, { services: [service('prod_old', { labels })], tasks: [task('id-prod_old', 'id-n2', { spec })] });
    expect((await levels(placement, other({})))[0]).toMatch(
      /^error: no node takes imply-query-1: .*n2 has 461\.39 MiB of 7\.45 GiB memory left/,
    );
    expect((await levels(placement, other({ 'com.docker.stack.namespace': 'prod' })))[0]).toMatch(/^ok/);
  });

  it('refuses services that fit alone and not together', async () => {
    const both = {
      agents: {
        master: { nodes: ['n1'] },
        query: { nodes: ['n2'], reserve: { memory: '4G' } },
        data: { replicas: 2, nodes: ['n2', 'n3'], reserve: { memory: '4G' } },
      },
    };
    expect((await levels(placement, context(both)))[0]).toMatch(
      /^error: imply-query-1 and imply-data-1 each find a node alone, and not together; imply-data-1 is refused: n2 has 3\.45 GiB of 7\.45 GiB memory left, and it reserves 4 GiB/,
    );
  });

  it('knows what an image runs on from its registry, and goes on where it does not answer', async () => {
    const arm = context(
      {},
      {
        engine: {
          imageInRegistry: (image) =>
            image.startsWith('imply/agent')
              ? Promise.resolve({ digest: 'sha256:0', platforms: [{ os: 'linux', architecture: 'arm64' }] })
              : Promise.reject(new Error('no route')),
        },
      },
    );
    const found = await levels(placement, arm);
    expect(found.filter((text) => text.startsWith('error'))).toHaveLength(4);
    expect(found[0]).toContain('n1 is linux/x86_64, and its image is for linux/arm64');
  });
});

describe('placement, of a stack that runs', () => {
  interface Answers {
    data?: string;
    query?: string;
    queries?: number;
    port?: number;
    pivot?: number;
  }
  const answers = ({ data = '20G', query = '10G', queries = 1, port = 9097, pivot = 9095 }: Answers) => ({
    manager: { nodes: ['n2'], port },
    agents: {
      master: { nodes: ['n1'] },
      query: {
        replicas: queries,
        nodes: ['n2', 'n3'].slice(0, queries),
        reserve: { memory: query },
        publish: { pivot },
      },
      data: { replicas: 2, nodes: ['n2', 'n3'], reserve: { memory: data } },
    },
    store: { nodes: ['n1'] },
    zookeeper: { nodes: ['n1'] },
  });
  /** A swarm where one runs, and another is to be. */
  const changing = (before: Answers, after: Answers): CheckContext => {
    const held = context(answers(before));
    const roles = held.plan.placements;
    const nodes = ['n1', 'n2', 'n3'].map((name) =>
      node(name, {
        memoryBytes: (name === 'n3' ? 24 : 32) * 2 ** 30,
        labels: Object.fromEntries(
          roles.flatMap(({ role, nodes: named }) => (named.includes(name) ? [[`bundle.prod.${role}`, 'true']] : [])),
        ),
      }),
    );
    const { services } = holding(held.document, nodes);
    const tasks = services.map(({ id, name, spec }) => {
      const where = roles.find((role) => role.services.some((each) => `prod_${each}` === name))?.nodes[0] ?? '';
      return task(id, `id-${where}`, { spec: spec['TaskTemplate'] as Record<string, unknown> });
    });
    return context(answers(after), { nodes, services, tasks });
  };
  const first = async (from: CheckContext) => (await placement.run(from))[0];

  it('refuses memory that goes from one that restarts later to one before it', async () => {
    const exchange = changing({}, { data: '23G', query: '4G' });
    expect(await first(exchange)).toEqual({
      level: 'error',
      text:
        'imply-data-1 finds no node before imply-query-1 restarts, which is done only once imply-data-1 runs: a ' +
        'deployment stops there; n2 has 21.51 GiB of 32 GiB memory left, and it reserves 23 GiB',
      hint:
        'deploy --at-once, which restarts them at the same moment; or change bundle.yaml in two steps, with a ' +
        'deployment after each: first what frees the place (imply-query-1), then the rest',
    });
    expect(await first({ ...changing({}, { data: '23G', query: '4G' }), byHand: true })).toMatchObject({ level: 'ok' });
    expect(await first(changing({}, { data: '21G', query: '4G' }))).toMatchObject({ level: 'ok' });
  });

  it('refuses memory of one that is removed only at the end', async () => {
    const before = { data: '12G', queries: 2 };
    expect((await first(changing(before, { data: '16G' })))?.text).toBe(
      'imply-data-2 finds no node before imply-query-2 is removed, which is done only once imply-data-2 runs: a ' +
        'deployment stops there; n3 has 14 GiB of 24 GiB memory left, and it reserves 16 GiB',
    );
    expect(await first(changing(before, { data: '14G' }))).toMatchObject({ level: 'ok' });
  });

  it('refuses a port of one that restarts later', async () => {
    expect(await first(changing({}, { port: 9095, pivot: 9100 }))).toMatchObject({
      level: 'error',
      text:
        'imply-manager finds no node before imply-query-1 restarts, which is done only once imply-manager runs: a ' +
        'deployment stops there; n2 has its port 9095/tcp taken by service prod_imply-query-1',
    });
    expect(await first(changing({}, { port: 9096, pivot: 9100 }))).toMatchObject({ level: 'ok' });
  });
});

describe('placement-move', () => {
  const labelled = (name: string) => node(name, { labels: { 'bundle.prod.data-2': 'true' } });

  it('stops a data agent from leaving its volume behind', async () => {
    const found = await levels(placementMove, context({}, { nodes: [node('n1'), labelled('n2'), node('n3')] }));
    expect(found).toEqual(['error: imply-data-2 would move from n2 to n3 and leave its volume behind']);
  });

  it('lets it stay', async () => {
    expect((await levels(placementMove, context({}, { nodes: [node('n1'), node('n2'), labelled('n3')] })))[0]).toMatch(
      /^ok/,
    );
  });
});

describe('host-ports', () => {
  const taken = (mode: 'host' | 'ingress') =>
    service('other_web', {
      ports: [{ protocol: 'tcp', target: 80, published: 9097, mode }],
      spec: { EndpointSpec: { Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 9097, PublishMode: mode }] } },
    });

  it('finds a host port of another service on that node', async () => {
    expect(
      await levels(hostPorts, context({}, { services: [taken('host')], tasks: [task('id-other_web', 'id-n1')] })),
    ).toEqual(['error: imply-manager finds no node: n1 has its port 9097/tcp taken by service other_web']);
    // One that goes on with --ignore host-ports must not be stopped for the same reason.
    expect(
      (await levels(placement, context({}, { services: [taken('host')], tasks: [task('id-other_web', 'id-n1')] })))[0],
    ).toMatch(/^ok/);
  });

  it('does not mind one on another node, but minds an ingress port anywhere', async () => {
    expect(
      (await levels(hostPorts, context({}, { services: [taken('host')], tasks: [task('id-other_web', 'id-n2')] })))[0],
    ).toMatch(/^ok/);
    expect((await levels(hostPorts, context({}, { services: [taken('ingress')] })))[0]).toContain(
      'taken by service other_web',
    );
  });

  it('refuses an ingress port of ours that anybody publishes anywhere', async () => {
    const ingress = { manager: { nodes: ['n1'], portMode: 'ingress' } };
    const elsewhere = { services: [taken('host')], tasks: [task('id-other_web', 'id-n3')] };
    expect(await levels(hostPorts, context(ingress, elsewhere))).toEqual([
      'error: port 9097, which imply-manager publishes, is taken by service other_web',
    ]);
    expect(await levels(hostPorts, context(ingress, { services: [taken('ingress')] }))).toHaveLength(1);
    expect(await levels(hostPorts, context(ingress))).toEqual([
      'ok: 2 host ports and 1 ingress port, none taken by another service',
    ]);
  });

  it('does not take the stack’s own services for strangers', async () => {
    const own = { ...taken('host'), labels: { 'com.docker.stack.namespace': 'prod' } };
    expect((await levels(hostPorts, context({}, { services: [own], tasks: [task(own.id, 'id-n1')] })))[0]).toMatch(
      /^ok/,
    );
  });
});

describe('images', () => {
  const mysqlOnN1 = (words: string, more: Parameters<typeof context>[1] & object = {}) =>
    context(
      {},
      {
        ...more,
        engine: {
          imageInRegistry: (image) =>
            image.startsWith('mysql')
              ? Promise.reject(new Error(words))
              : Promise.resolve({ digest: 'sha256:0', platforms: [] }),
          localImage: () => Promise.resolve(undefined),
          ...more.engine,
        },
      },
    );
  const onN1 = {
    version: '24',
    apiVersion: '1.43',
    hostname: 'n1',
    systemTime: '',
    swarm: { state: 'active' as const, manager: true, nodeId: 'id-n1' },
  };
  const held = { localImage: () => Promise.resolve({ entrypoint: [], cmd: [], volumes: [], env: [] }) };
  const runs = (image: string, more = {}) => ({
    services: [service('other_db')],
    tasks: [task('id-other_db', 'id-n1', { image, ...more })],
  });

  it.each([
    'manifest unknown: manifest unknown',
    'name unknown: repository name not known to registry',
    'unauthorized',
    'denied: requested access to the resource is denied',
  ])('%s is an error that names the node', async (words) => {
    expect((await levels(images, mysqlOnN1(words))).join('\n')).toMatch(
      /^error: mysql:8\.4\.11: its registry .*; it is not known to be on n1$/,
    );
  });

  it.each(['dial tcp 10.0.0.1:443: i/o timeout', 'toomanyrequests: rate limit', 'what is this'])(
    '%s is a warning',
    async (words) => {
      expect((await levels(images, mysqlOnN1(words))).join('\n')).toMatch(/^warning: mysql:8\.4\.11: its registry /);
    },
  );

  it('of several registries tells only of those that do not answer, and of what they lack, all at once', async () => {
    const answers: Record<string, () => Promise<{ digest: string; platforms: never[] }>> = {
      manager: () => Promise.reject(new Error('manifest unknown: manifest unknown')),
      agent: () => Promise.resolve({ digest: 'sha256:0', platforms: [] }),
      mysql: () => Promise.reject(new Error('dial tcp 10.0.0.1:443: i/o timeout')),
      zookeeper: () => Promise.resolve({ digest: 'sha256:0', platforms: [] }),
    };
    const named = Object.fromEntries(Object.keys(answers).map((key) => [key, `${key}.example:5000/${key}:1`]));
    let open = 0;
    let most = 0;
    const found = await levels(
      images,
      context(
        { images: named },
        {
          engine: {
            imageInRegistry: async (image) => {
              most = Math.max(most, ++open);
              await new Promise((go) => setTimeout(go, 20));
              open -= 1;
              return (answers[image.split('.')[0] ?? ''] ?? answers['agent'])!();
            },
            localImage: () => Promise.resolve(undefined),
          },
        },
      ),
    );
    expect(found.sort()).toEqual([
      expect.stringMatching(/^error: manager\.example:5000\/manager:1: its registry has no such image/),
      expect.stringMatching(/^warning: mysql\.example:5000\/mysql:1: its registry does not answer/),
    ]);
    expect(most).toBeGreaterThanOrEqual(4);
  });

  it.each([
    ['the engine that is asked holds it, and is that node', { engine: held }, onN1, 'warning'],
    [
      'the engine that is asked holds it, and is another node',
      { engine: held },
      { ...onN1, swarm: { ...onN1.swarm, nodeId: 'id-n2' } },
      'error',
    ],
    ['a task of that very image runs there', runs('mysql:8.4.11'), undefined, 'warning'],
    [
      'a task of it ran there and has ended',
      runs('mysql:8.4.11', { desiredState: 'shutdown', state: 'shutdown' }),
      undefined,
      'error',
    ],
    ['a task of it runs there under its long name', runs('docker.io/library/mysql:8.4.11'), undefined, 'warning'],
    ['a task of it is only starting', runs('mysql:8.4.11', { state: 'preparing' }), undefined, 'error'],
    ['a task of another tag runs there', runs('mysql:8.4.10'), undefined, 'error'],
    [
      'a task of its digest runs there, which leaves no tag on the node',
      runs(`mysql:8.4.11@sha256:${'a'.repeat(64)}`),
      undefined,
      'error',
    ],
  ])('with a tag that the registry lacks, where %s', async (_case, live, info, level) => {
    const [found] = await levels(images, { ...mysqlOnN1('manifest unknown', live), info });
    expect(found).toMatch(new RegExp(`^${level}: mysql:8`));
    if (level === 'warning')
      expect(found).toMatch(
        /every node that will run it holds it: n1 \((its engine lists it|a task of it runs there)\)$/,
      );
  });

  it('of a release that is brought back says nothing of bundle.yaml, which has no word in it', async () => {
    const from = { ...mysqlOnN1('manifest unknown'), backTo: 3 };
    const hints = (await images.run(from)).map(({ hint }) => hint);
    expect(hints).toEqual([
      expect.stringMatching(/^release 3 ran it: push it again .* choose another release with --to/),
    ]);
    const [now] = await images.run(mysqlOnN1('manifest unknown'));
    expect(now?.hint).toContain('correct the name or the tag in bundle.yaml');
  });

  it('is content with the digest that runs, where the image stays as it is', async () => {
    const pinned = `mysql:8.4.11@sha256:${'a'.repeat(64)}`;
    const own = service('prod_mysql', {
      labels: { 'com.docker.stack.namespace': 'prod', 'com.docker.stack.image': 'mysql:8.4.11' },
      spec: {
        Labels: { 'com.docker.stack.image': 'mysql:8.4.11' },
        TaskTemplate: { ContainerSpec: { Image: pinned } },
      },
    });
    const [found] = await levels(
      images,
      mysqlOnN1('manifest unknown', { services: [own], tasks: [task(own.id, 'id-n1', { image: pinned })] }),
    );
    expect(found).toMatch(/^warning: mysql:8\.4\.11: .* n1 \(a task of it runs there\)$/);
  });

  it('warns where the tag of a wrapped image has moved since its entrypoint was read', async () => {
    const image = 'imply/manager:2023.03.1';
    const asked = (digest: string) => {
      const from = context(
        { secretDelivery: 'wrapper' },
        { engine: { imageInRegistry: () => Promise.resolve({ digest: 'sha256:1', platforms: [] }) } },
      );
      return levels(images, { ...from, wrapped: { [image]: { digest, entrypoint: ['/x'], cmd: [] } } });
    };
    expect(await asked('sha256:1')).toEqual(['ok: 4 found in their registries']);
    expect(await asked('sha256:0')).toEqual([
      `warning: ${image} is another image now than the one whose entrypoint bundle.lock.json has: the wrapper ` +
        'might start the wrong program',
    ]);
  });

  describe('of which their registry does not tell', () => {
    const [NEW, OLD, DIGEST] = ['registry.example:5000/db:2', 'registry.example:5000/db:1', `sha256:${'a'.repeat(64)}`];
    interface Runs {
      /** The image in its specification, the words it was deployed by, and what its task runs. */
      image?: string;
      words?: string;
      task?: Partial<SwarmTask>;
      wanted?: string;
    }
    /** MySQL runs on n1, and its answers name another image now; or this one, and another place. */
    function updating(
      { image = `${OLD}@${DIGEST}`, words = OLD, task: more = {}, wanted = NEW }: Runs = {},
      said = 'dial tcp 10.0.0.1:5000: i/o timeout',
    ) {
      const spec = { Labels: { 'com.docker.stack.image': words }, TaskTemplate: { ContainerSpec: { Image: image } } };
      const own = service('prod_mysql', { spec });
      return context(
        { images: { mysql: wanted } },
        {
          services: [own],
          tasks: [task(own.id, 'id-n1', { image, ...more })],
          engine: {
            imageInRegistry: (asked) =>
              asked === wanted ? Promise.reject(new Error(said)) : Promise.resolve({ digest: DIGEST, platforms: [] }),
          },
        },
      );
    }
    const about = async (from: CheckContext) => (await images.run(from)).filter(({ text }) => text.startsWith(NEW));
    const stops = 'to be stopped for it: mysql; it is not known to be on n1';

    it('refuses to stop what runs for it, if that registry told of the one that runs', async () => {
      const said = 'dial tcp 10.0.0.1:5000: i/o timeout';
      expect(await about(updating({}, said))).toEqual([
        {
          level: 'error',
          text: expect.stringMatching(new RegExp(`its registry .*${said}\\); ${stops}$`)),
          hint: expect.stringContaining('deploy once the registry answers; if the nodes hold it'),
        },
      ]);
    });

    it.each(['toomanyrequests: rate limit', 'received unexpected HTTP status: 503 Service Unavailable'])(
      'only warns of what is stopped where nodes may be answered otherwise: %s',
      async (said) => {
        expect(await about(updating({}, said))).toMatchObject([
          { level: 'warning', text: expect.stringMatching(new RegExp(`${said}\\); ${stops}$`)) },
        ]);
      },
    );

    it.each<[string, Runs]>([
      [
        'nobody ever told the digest of the one that runs: nodes were given theirs, and may have been given this',
        { image: OLD },
      ],
      ['its digest was written by hand', { image: `${OLD}@${DIGEST}`, words: `${OLD}@${DIGEST}` }],
      ['the one that runs came from another registry', { image: `db:1@${DIGEST}`, words: 'db:1' }],
    ])('warns of what is stopped if %s', async (_why, runs) => {
      expect(await about(updating(runs))).toMatchObject([{ level: 'warning', text: expect.stringContaining(stops) }]);
    });

    it('warns of it before a way back, whose images ran here', async () => {
      expect(await about({ ...updating(), backTo: 1 })).toMatchObject([
        { level: 'warning', text: expect.stringContaining(stops) },
      ]);
    });

    it.each<[string, CheckContext]>([
      ['nothing of it runs', updating({ task: { state: 'failed', desiredState: 'shutdown' } })],
      ['the service is new', { ...updating(), live: { ...updating().live!, services: [], tasks: [] } }],
    ])('warns without that if %s', async (_why, from) => {
      const [found, ...more] = await about(from);
      expect(found).toMatchObject({ level: 'warning', text: expect.stringMatching(/i\/o timeout\)$/) });
      expect(more).toEqual([]);
    });

    it('warns without that if the node holds it', async () => {
      const from = { ...updating(), info: onN1 };
      const found = await about({
        ...from,
        live: { ...from.live!, engine: { ...from.live!.engine, ...held } },
      });
      expect(found).toMatchObject([{ level: 'warning', text: expect.stringMatching(/i\/o timeout\)$/) }]);
    });

    it('only warns of a restart that keeps its image, on the node that has it not at all', async () => {
      const there = updating({ image: `${NEW}@${DIGEST}`, words: NEW });
      expect((await about(there))[0]).toMatchObject({
        level: 'warning',
        text: expect.stringMatching(/i\/o timeout\)$/),
      });
      const moved = updating({ image: `${NEW}@${DIGEST}`, words: NEW });
      moved.live!.tasks[0]!.nodeId = 'id-n2';
      expect((await about(moved))[0]).toMatchObject({ level: 'warning', text: expect.stringContaining(stops) });
    });

    it('does not mind an update that starts first', async () => {
      const from = updating();
      const update = { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'start-first' } as const;
      from.document.services['mysql']!.deploy.update = update;
      expect(await about(from)).toMatchObject([{ level: 'warning', text: expect.stringMatching(/i\/o timeout\)$/) }]);
    });
  });

  describe('whose tag means another image than the one that runs', () => {
    const [ONE, TWO] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
    const manager = 'imply/manager:2023.03.1';
    const live = (name: string, image: string, digest: string) =>
      service(name, {
        spec: {
          Labels: { 'com.docker.stack.image': image },
          TaskTemplate: { ContainerSpec: { Image: `${image}@${digest}` } },
        },
      });
    const running = (digest: string, answers = {}) =>
      context(answers, {
        services: [live('prod_mysql', 'mysql:8.4.11', digest), live('prod_imply-manager', manager, digest)],
        engine: { imageInRegistry: () => Promise.resolve({ digest: TWO, platforms: [] }) },
      });
    const told = (image: string, name: string) =>
      `warning: ${image} is another image now than the one that runs (${name}); deploy leaves it as it is`;
    const both = [told(manager, 'imply-manager'), told('mysql:8.4.11', 'mysql')];

    it('are told, with the ways to take it', async () => {
      expect((await levels(images, running(ONE))).sort()).toEqual(both);
      expect(await images.run(running(ONE))).toContainEqual(
        expect.objectContaining({ hint: expect.stringContaining(`another tag, or name it in bundle.yaml as mysql:8.4.11@${TWO}`) }), // prettier-ignore
      );
    });

    it('are not if it is the same one, nobody runs it by these words, or it is deployed by hand or brought back', async () => {
      const fine = ['ok: 4 found in their registries'];
      expect(await levels(images, running(TWO))).toEqual(fine);
      const other = live('prod_mysql', 'mysql:8.4.10', ONE);
      expect(await levels(images, { ...running(TWO), live: { ...running(TWO).live!, services: [other] } })).toEqual(
        fine,
      );
      expect(await levels(images, { ...running(ONE), byHand: true })).toEqual(fine);
      expect(await levels(images, { ...running(ONE), backTo: 1 })).toEqual(fine);
    });

    describe('or that run it by its tag alone', () => {
      const bare = (from: CheckContext): CheckContext => {
        const spec = { Labels: { 'com.docker.stack.image': 'mysql:8.4.11' }, TaskTemplate: { ContainerSpec: { Image: 'mysql:8.4.11' } } }; // prettier-ignore
        return {
          ...from,
          live: { ...from.live!, services: [service('prod_mysql', { spec }), from.live!.services[1]!] },
        };
      };

      it('are told, since its registry has it: another deployment does not pin it', async () => {
        const found = (await images.run(bare(running(ONE)))).filter(({ text }) => text.includes('mysql'));
        expect(found).toEqual([
          {
            level: 'warning',
            text: expect.stringMatching(
              /^mysql runs mysql:8\.4\.11 without a digest: its registry did not tell docker /,
            ),
            hint: expect.stringContaining(`name it in bundle.yaml as mysql:8.4.11@${TWO} and deploy`),
          },
        ]);
      });

      it('are not if they are about to take it, are deployed by hand or brought back, or no registry has it', async () => {
        const from = bare(running(TWO));
        const fine = ['ok: 4 found in their registries'];
        const changes = [{ field: 'image digest', kind: 'changed', effect: 'restart' }];
        const planned = () => ({ ...from.planned(), services: [{ name: 'mysql', changes }] }) as unknown as Plan;
        expect(await levels(images, { ...from, planned })).toEqual(fine);
        expect(await levels(images, { ...from, byHand: true })).toEqual(fine);
        expect(await levels(images, { ...from, backTo: 1 })).toEqual(fine);
        const inRegistry = () => Promise.reject(new Error('dial tcp: no route to host'));
        expect((await levels(images, { ...from, inRegistry })).join()).not.toContain('without a digest');
      });
    });

    describe('and that is wrapped', () => {
      const wrapped = (digest: string, start: string, more: Partial<CheckContext> = {}) => {
        const from = running(ONE, { secretDelivery: 'wrapper' });
        const changes = start === 'same' ? [] : [{ field: 'image digest', kind: 'changed', effect: 'restart' }];
        const planned = () =>
          ({ ...from.planned(), services: [{ name: 'imply-manager', changes }] }) as unknown as Plan;
        const entry = { [manager]: { digest, entrypoint: ['/x'], cmd: [] } };
        return levels(images, { ...from, planned, wrapped: entry, ...more });
      };
      const wrong = expect.stringMatching(/^warning: imply\/manager:2023.03.1 is another .*the wrapper might start/);

      it('are told once if the one that runs is the one whose start is known: it goes on', async () => {
        expect((await wrapped(ONE, 'same')).sort()).toEqual(both);
        expect(await wrapped(ONE, 'same', { byHand: true })).toEqual([wrong]);
      });

      it('are not told if the new one is taken for its start', async () => {
        expect(await wrapped(TWO, 'new')).toEqual([both[1]]);
        expect((await wrapped(TWO, 'same')).sort()).toEqual(both);
      });

      it('are warned of alone if neither has the start that is known', async () => {
        expect((await wrapped(`sha256:${'3'.repeat(64)}`, 'new')).sort()).toEqual([wrong, both[1]]);
      });
    });
  });
});

describe('engine', () => {
  it('warns of nodes whose engine is older than 20.10', async () => {
    const { live } = context();
    if (live === undefined) throw new Error('the context has a swarm');
    const nodes = live.nodes.map((one, index) => ({ ...one, engineVersion: index === 0 ? '19.03.15' : '28.2.2' }));
    const swarm = { state: 'active' as const, manager: true, nodeId: 'n1' };
    const info = { version: '28.5.2', apiVersion: '1.51', hostname: 'n1', systemTime: '', swarm };
    const found = await levels(engine, { ...context(), info, live: { ...live, nodes } });
    expect(found.filter((line) => line.startsWith('warning'))).toEqual([
      `warning: node ${nodes[0]?.hostname} runs engine 19.03.15, older than 20.10`,
    ]);
  });

  it.each([
    [0, []],
    [-59_000, []],
    [3 * 3_600_000, ['3 h behind']],
    [-90_000, ['1 min ahead of']],
    [-365 * 86_400_000, ['365 days ahead of']],
  ])('warns if this machine’s clock is %i ms from the manager’s', async (shift, words) => {
    const from = context();
    const swarm = { state: 'active' as const, manager: true, nodeId: 'n1' };
    const systemTime = new Date(from.now.getTime() + shift).toISOString();
    const info = { version: '28.5.2', apiVersion: '1.51', hostname: 'n1', systemTime, swarm };
    const found = await levels(engine, { ...from, info });
    expect(found.filter((line) => line.includes('clock'))).toEqual(
      words.map((text) => expect.stringContaining(`warning: this machine’s clock is ${text} the swarm manager’s`)),
    );
  });
});

describe('registry-login', () => {
  const asked = (...logins: RegistryLogin[]) =>
    levels(registryLogin, { ...context(), logins: () => Promise.resolve(logins) });

  it.each([
    [
      'a helper in trouble',
      { source: 'docker-credential-x', trouble: 'there is no docker-credential-x on the PATH' },
      /^error: r: its log-in is asked of a helper, and there is no docker-credential-x/,
    ],
    [
      'a variable that is broken',
      { source: 'config.json', trouble: 'DOCKER_AUTH_CONFIG holds something else' },
      /^warning: r: DOCKER_AUTH_CONFIG/,
    ],
    [
      'a variable that the CLI does not read',
      { source: 'DOCKER_AUTH_CONFIG', sent: false, trouble: 'the log-in is in DOCKER_AUTH_CONFIG, which' },
      /^warning: r: the log-in is in DOCKER_AUTH_CONFIG, which/,
    ],
    ['a variable that it reads', { source: 'DOCKER_AUTH_CONFIG' }, /^ok: found for r \(DOCKER_AUTH_CONFIG\)$/],
    [
      'nothing',
      { source: 'config.json', known: false, sent: false },
      /^ok: none is kept here for these registries; services keep the one that they were deployed with$/,
    ],
  ])('%s', async (_case, login, text) => {
    const [found] = await asked({ registry: 'r', known: true, sent: true, ...login });
    expect(found).toMatch(text);
  });

  it('tells of registries without one beside those that have one', async () => {
    const source = 'config.json';
    const [found] = await asked(
      { registry: 'r', known: true, sent: true, source },
      { registry: 's', known: false, sent: false, source },
    );
    expect(found).toMatch(/^ok: found for r \(config\.json\); none for s, whose services keep the one that they/);
  });

  it('says what --ignore means where a helper fails', async () => {
    const trouble = 'docker-credential-x ended with code 1';
    const failed = { registry: 'r', known: false, sent: false, source: 'docker-credential-x', trouble };
    const [finding] = await registryLogin.run({ ...context(), logins: () => Promise.resolve([failed]) });
    expect(finding?.level).toBe('error');
    expect(finding?.hint).toContain(
      'with --ignore registry-login services keep the log-in that they were deployed with',
    );
  });
});

describe('the check of the swarm', () => {
  it.each([
    [2, [expect.stringMatching(/^warning: the swarm keeps 2 tasks .*--task-history-limit 5`/)]],
    [5, []],
    [undefined, []],
  ])('that keeps %s tasks of a slot', async (taskHistory, warnings) => {
    const swarm = { state: 'active' as const, manager: true, nodeId: 'x', ...(taskHistory && { taskHistory }) };
    const info = { version: '24.0.0', apiVersion: '1.43', hostname: 'x', systemTime: '', swarm };
    const found = await engineCheck.run({ ...context(), info });
    expect(
      found.flatMap(({ level, text, hint }) => (level === 'warning' ? [`${level}: ${text}; ${hint}`] : [])),
    ).toEqual(warnings);
  });
});

describe('the check of autolock', () => {
  it.each([
    [true, 'ok', 'on'],
    [false, 'warning', 'autolock is off'],
    [undefined, 'unsure', 'the engine does not tell whether autolock is on'],
  ])('of a swarm that says %s: %s', async (on, level, text) => {
    const swarm = { state: 'active' as const, manager: true, nodeId: 'x', ...(on !== undefined && { autolock: on }) };
    const info = { version: '24.0.0', apiVersion: '1.43', hostname: 'x', systemTime: '', swarm };
    expect(await autolock.run({ ...context(), info })).toMatchObject([{ level, text: expect.stringContaining(text) }]);
  });
});

describe('the run of all checks', () => {
  it('runs all though one throws, and an ignored name does not fail', async () => {
    const from = context(
      { manager: { nodes: ['elsewhere'] } },
      { engine: { imageInRegistry: () => Promise.reject(new Error('no route')) } },
    );
    const info = {
      version: '24.0.0',
      apiVersion: '1.43',
      hostname: 'x',
      systemTime: '',
      swarm: { state: 'active' as const, manager: true, nodeId: 'x', autolock: true },
    };
    const results = await runChecks({ ...from, info }, []);
    expect(results.filter((result) => result.level === 'error').map((result) => result.name)).toEqual(['placement']);
    expect(() => requirePassed(results)).toThrow('a check failed: placement');
    expect(() =>
      requirePassed(results.map((result) => ({ ...result, ignored: result.name === 'placement' }))),
    ).not.toThrow();
  });

  it('skips what needs a swarm where there is none, and fails for the engine', async () => {
    const results = await runChecks(
      { ...context({}, 'unreachable'), unreachable: { level: 'error', text: 'no engine answers' } },
      [],
    );
    expect(results.find((result) => result.name === 'placement')?.level).toBe('skipped');
    expect(results.find((result) => result.name === 'engine')).toMatchObject({
      level: 'error',
      findings: [{ text: 'no engine answers' }],
    });
  });

  it('refuses to ignore a check that does not exist', async () => {
    await expect(runChecks(context(), ['plcement'])).rejects.toThrow('--ignore plcement: there is no such check');
  });
});
