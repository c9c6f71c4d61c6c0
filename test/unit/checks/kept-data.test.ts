import { describe, expect, it } from 'vitest';
import { keptData } from '../../../src/checks/kept-data.ts';
import type { Engine, JobSpec, SwarmService } from '../../../src/engine/port.ts';
import { context, contextOf, node, service } from '../../support/check-context.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

const NOW = '2026-11-28T00:00:00Z';
const volumeOf = (server: string): string => `prod_${server}-data`;

/** What each member's volume holds; `broken`: its job fails. Member N is on node nN, and n1 is asked. */
type Held = Partial<Record<string, 'data' | 'empty' | 'broken'>>;

function swarm(held: Held) {
  const jobs = new Map<string, JobSpec>();
  const seen: JobSpec[] = [];
  const heldIn = (id: string): Held[string] => {
    const [mount] = jobs.get(id)?.volumes ?? [];
    return Object.entries(held).find(([member]) => volumeOf(member) === mount?.source)?.[1];
  };
  const engine = {
    info: async () => ({ systemTime: NOW, swarm: { nodeId: 'id-n1' } }),
    localVolumes: async () =>
      Object.keys(held)
        .filter((member) => member.endsWith('-1'))
        .map((member) => ({ name: volumeOf(member) })),
    createJob: async (job: JobSpec) => {
      const id = `job-${seen.push(job)}`;
      jobs.set(id, job);
      return id;
    },
    jobs: async () => [...jobs].map(([id, { name, labels }]) => ({ id, name, labels })),
    tasks: async ({ serviceId }: { serviceId: string }) => [
      heldIn(serviceId) === 'broken'
        ? { id: serviceId, state: 'failed', desiredState: 'shutdown', error: 'no ls', message: '' }
        : { id: serviceId, state: 'complete', desiredState: 'shutdown' },
    ],
    async *taskLogs(id: string) {
      if (heldIn(id) === 'data') yield { stream: 'stdout', data: Buffer.from('has data\n') };
    },
    removeService: async (id: string) => void jobs.delete(id),
  };
  return { engine: engine as unknown as Partial<Engine>, jobs, seen };
}

async function look(
  held: Held,
  more: {
    servers?: number;
    services?: SwarmService[];
    mayStartJobs?: boolean;
    down?: string;
    /** Answers of a Kafka cluster, which is looked at instead. */
    kafka?: Record<string, unknown>;
    /** Of all volumes. */
    driverOpts?: Record<string, string>;
  } = {},
) {
  const { servers = 3, services = [], mayStartJobs = true, down, kafka, driverOpts } = more;
  const fake = swarm(held);
  const nodes = ['n1', 'n2', 'n3'].map((name) => node(name, { state: name === down ? 'down' : 'ready' }));
  const answers = { zookeeper: { servers, nodes: ['n1', 'n2', 'n3'].slice(0, servers) } };
  const live = { engine: fake.engine, nodes, services };
  const from = kafka === undefined ? context(answers, live) : contextOf('kafka', kafka, live);
  const { volumes } = from.document;
  if (driverOpts !== undefined)
    for (const name of Object.keys(volumes)) volumes[name] = { ...volumes[name], driverOpts };
  const found = await keptData.run({ ...from, mayStartJobs, clock: new VirtualClock() });
  expect(fake.jobs.size, 'each job is removed').toBe(0);
  return { found, jobs: fake.seen };
}

describe('the volumes that a new quorum group finds', () => {
  it.each<[string, Held]>([
    ['all empty, and not there on the node that is asked', {}],
    ['all empty', { 'zookeeper-1': 'empty', 'zookeeper-2': 'empty', 'zookeeper-3': 'empty' }],
    ['all with data', { 'zookeeper-1': 'data', 'zookeeper-2': 'data', 'zookeeper-3': 'data' }],
  ])('pass: %s', async (_what, held) => expect((await look(held)).found).toEqual([]));

  it('are made by the jobs as the services would make them: docker changes none that is there', async () => {
    const driversOf = (jobs: JobSpec[]) => jobs.flatMap(({ volumes = [] }) => volumes.map(({ driver }) => driver));
    const { found, jobs } = await look({ 'zookeeper-1': 'data' }, { driverOpts: { type: 'nfs' } });
    expect(found.map(({ level }) => level)).toEqual(['error']);
    expect(driversOf(jobs)).toEqual(jobs.map(() => ({ name: '', options: { type: 'nfs' } })));
    const plain = await look({ 'zookeeper-1': 'data' });
    expect(driversOf(plain.jobs)).toEqual(plain.jobs.map(() => undefined));
  });

  it('are refused if one server has data, and the others have none', async () => {
    const { found, jobs } = await look({ 'zookeeper-1': 'data' });
    expect(found).toEqual([
      {
        level: 'error',
        text:
          'ZooKeeper: zookeeper-1 (n1) finds data that was kept from before, zookeeper-2 (n2), zookeeper-3 (n3) find none: ' +
          'if those without agree first, that data is dropped',
        hint:
          'deploy with the number of members from before, and the group grows by the next deployment; to start empty, ' +
          'remove the volumes that were kept (prod_zookeeper-1-data on n1), which deletes their data for good; with ' +
          '--ignore kept-data those without may agree first',
      },
    ]);
    expect(jobs.map(({ constraints, volumes }) => [constraints, volumes?.map(({ target }) => target)])).toEqual(
      ['n1', 'n2', 'n3'].map((name) => [[`node.id == id-${name}`], ['/data']]),
    );
  });

  it('leave no job behind if they are interrupted while nodes look', async () => {
    const { engine, jobs, seen } = swarm({ 'zookeeper-1': 'data' });
    const clock = new VirtualClock();
    Object.assign(engine, {
      tasks: async () => [{ id: 't', state: 'running', desiredState: 'running' }],
      removeService: async (id: string) => {
        if (id !== 'job-1') await clock.sleep(1_000);
        jobs.delete(id);
      },
    });
    const stop = new AbortController();
    void clock.sleep(600).then(() => stop.abort(new Error('stop')));
    const nodes = ['n1', 'n2', 'n3'].map((name) => node(name));
    const from = context({ zookeeper: { servers: 3, nodes: ['n1', 'n2', 'n3'] } }, { engine, nodes });
    await expect(keptData.run({ ...from, clock }, stop.signal)).rejects.toThrow('stop');
    expect(seen).toHaveLength(3);
    expect(jobs.size).toBe(0);
  });

  it.each<[string, Held]>([
    ['one lost its volume', { 'zookeeper-2': 'data', 'zookeeper-3': 'data' }],
    ['one of those that others have is elsewhere', { 'zookeeper-1': 'data', 'zookeeper-2': 'data' }],
  ])('are refused if %s', async (_what, held) =>
    expect((await look(held)).found).toMatchObject([
      {
        level: 'error',
        text: expect.stringContaining('finds none') as string,
        hint: expect.stringMatching(/what only it had is given up, go on with --ignore kept-data$/) as string,
      },
    ]),
  );

  it('of which one cannot be told leave it open, and what is mixed without it is refused all the same', async () => {
    const untold = {
      level: 'unsure',
      node: 'n3',
      text: 'could not tell whether volume prod_zookeeper-3-data holds data from before: no ls',
    };
    expect((await look({ 'zookeeper-3': 'broken' })).found).toMatchObject([untold]);
    expect((await look({ 'zookeeper-1': 'data', 'zookeeper-3': 'broken' })).found).toMatchObject([
      untold,
      {
        level: 'error',
        text: expect.stringContaining('zookeeper-2 (n2) finds none, and of zookeeper-3 (n3) it') as string,
      },
    ]);
  });

  it('of which some cannot be told count as empty once another one has data, and not before', async () => {
    const { found } = await look({ 'zookeeper-1': 'data', 'zookeeper-2': 'broken', 'zookeeper-3': 'broken' });
    expect(found).toMatchObject([
      { level: 'unsure', node: 'n2' },
      { level: 'unsure', node: 'n3' },
      {
        level: 'error',
        text:
          'ZooKeeper: zookeeper-1 (n1) finds data that was kept from before, of zookeeper-2 (n2), zookeeper-3 (n3) it ' +
          'could not be told: if those without agree first, that data is dropped',
      },
    ]);
    const first = await look({ 'zookeeper-2': 'broken', 'zookeeper-3': 'broken' });
    expect(first.found.map(({ level }) => level)).toEqual(['unsure', 'unsure']);
  });

  it('may be on hosts that must pull the image first: a job has nearly all of the time of its check', async () => {
    const { jobs } = await look({ 'zookeeper-1': 'data' });
    const until = jobs.map(({ labels }) => Date.parse(labels['bundle.job.until'] ?? '') - Date.parse(NOW));
    expect(until).toEqual([110_000, 110_000, 110_000]);
    expect(keptData.limitSeconds).toBe(120);
  });

  it.each<[string, string, Record<string, unknown>, Held?]>([
    ['brokers that are controllers', 'kafka', { nodes: ['n1', 'n2', 'n3'] }],
    [
      'controllers',
      'kafka-controller',
      {
        nodes: ['n1', 'n2', 'n3'],
        controllers: { apart: true, count: 3, nodes: ['n1', 'n2', 'n3'] },
      },
      { 'kafka-1': 'data', 'kafka-2': 'data', 'kafka-3': 'data' },
    ],
  ])('are refused of Kafka’s %s, one of which has its log', async (title, name, kafka, copies = {}) => {
    const held: Held = { [`${name}-1`]: 'data', [`${name}-2`]: 'empty', [`${name}-3`]: 'empty', ...copies };
    const { found, jobs } = await look(held, { kafka });
    expect(found).toMatchObject([
      {
        level: 'error',
        text: expect.stringContaining(
          `${name}-1 (n1) finds data that was kept from before, ${name}-2 (n2), ${name}-3 (n3) find none`,
        ) as string,
        hint: expect.stringMatching(/^bring back the volumes of the others/) as string,
      },
    ]);
    expect(found[0]?.text, title).toMatch(/^Kafka (brokers|controllers): /);
    expect(jobs).toHaveLength(3 + Object.keys(copies).length);
  });

  describe('of controllers, and of brokers apart from them', () => {
    const apart = (count: number, brokers = 3) => ({
      kafka: {
        brokers,
        nodes: ['n1', 'n2', 'n3'],
        controllers: { apart: true, count, nodes: ['n1', 'n2', 'n3'].slice(0, count) },
      },
    });
    const held = (what: 'data' | 'empty', name: string, count = 3): Held =>
      Object.fromEntries(Array.from({ length: count }, (_unused, index) => [`${name}-${index + 1}`, what]));
    const [CONTROLLERS, BROKERS] = ['kafka-controller', 'kafka'];
    /** Brokers that run. */
    const running = [1, 2, 3].map((number) => service(`prod_kafka-${number}`));

    it.each<[string, Held, Parameters<typeof look>[1]]>([
      ['all are new', {}, apart(3)],
      ['all have theirs', { ...held('data', CONTROLLERS), ...held('data', BROKERS) }, apart(3)],
      ['brokers are more than before', { ...held('data', CONTROLLERS), 'kafka-2': 'data' }, apart(3)],
      ['a broker could not be told', { ...held('data', CONTROLLERS), 'kafka-2': 'broken' }, apart(3)],
      ['a broker’s node is down', held('data', BROKERS, 1), { ...apart(1), down: 'n1' }],
      ['brokers run', held('data', CONTROLLERS), { ...apart(3), services: running }],
    ])('pass if %s', async (_what, volumes, more) =>
      expect((await look(volumes, more)).found.filter(({ level }) => level === 'error')).toEqual([]),
    );

    it('are refused if all controllers start empty beside brokers with data', async () => {
      expect((await look(held('data', BROKERS, 2), apart(3))).found).toEqual([
        {
          level: 'error',
          text:
            'Kafka controllers: kafka-1 (n1), kafka-2 (n2) find data that was kept from before, kafka-controller-1 (n1), ' +
            'kafka-controller-2 (n2), kafka-controller-3 (n3) find none: controllers that start empty know no topic; ' +
            'brokers that follow them put aside what they have of those, and drop their copy of what was known of them',
          hint:
            'bring back the volumes of the controllers, from their disks or a backup, if they are to be had; to start ' +
            'empty, remove the volumes that were kept (prod_kafka-1-data on n1, prod_kafka-2-data on n2), which ' +
            'deletes their data for good; if what is lost by it is given up, go on with --ignore kept-data',
        },
      ]);
    });

    it.each<[string, Held, Parameters<typeof look>[1]]>([
      ['it is one controller', { 'kafka-2': 'data' }, apart(1)],
      ['the brokers run', held('data', BROKERS), { ...apart(3), services: running }],
      ['a controller could not be told', { 'kafka-2': 'data', 'kafka-controller-3': 'broken' }, apart(3)],
      ['no controller could be told', { 'kafka-2': 'data', 'kafka-controller-1': 'broken' }, apart(1)],
    ])('are refused so also if %s', async (_what, volumes, more) => {
      const errors = (await look(volumes, more)).found.filter(({ level }) => level === 'error');
      expect(errors).toMatchObject([{ text: expect.stringContaining('controllers that start empty') as string }]);
    });

    it('are refused if controllers have data, and all brokers start empty', async () => {
      expect((await look(held('data', CONTROLLERS), apart(3, 2))).found).toEqual([
        {
          level: 'error',
          text:
            'Kafka controllers: kafka-controller-1 (n1), kafka-controller-2 (n2), kafka-controller-3 (n3) find data that ' +
            'was kept from before, kafka-1 (n1), kafka-2 (n2) find none: topics would come back empty, and what was in ' +
            'them is dropped even if those volumes come back later',
          hint: expect.stringMatching(
            /^bring back the volumes of the brokers.* if they never had any, .* --ignore kept-data$/,
          ) as string,
        },
      ]);
    });
  });

  it('are left alone on a node that takes no tasks', async () => {
    const { found, jobs } = await look({ 'zookeeper-1': 'data', 'zookeeper-2': 'data' }, { down: 'n3' });
    expect([found, jobs.length]).toEqual([[], 2]);
  });

  it.each<[string, Parameters<typeof look>[1]]>([
    ['a server alone', { servers: 1 }],
    ['a group of which a member exists: it grows by its own rules', { services: [service('prod_zookeeper-1')] }],
  ])('are not looked at of %s', async (_what, more) => {
    const { found, jobs } = await look({ 'zookeeper-1': 'data' }, more);
    expect([found, jobs]).toEqual([[], []]);
  });

  it('are not looked at by a dry run, which says so', async () => {
    const { found, jobs } = await look({ 'zookeeper-1': 'data' }, { mayStartJobs: false });
    expect([found.map(({ level }) => level), jobs]).toEqual([['info'], []]);
  });
});
