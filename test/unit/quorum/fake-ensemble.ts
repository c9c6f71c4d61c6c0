import { parse } from 'yaml';
import type { ComposeService } from '../../../src/compose/types.ts';
import type { ConvergeOptions } from '../../../src/converge/options.ts';
import type { Engine, JobSpec, SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { deployInWaves } from '../../../src/quorum/roll.ts';
import type { Plan, ServiceChange } from '../../../src/plan/changes.ts';
import { rolloutOf, type RolloutPolicy } from '../../../src/plan/rollout.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import type { CheckResult } from '../../../src/verify/result.ts';
import type { Breakage, EnsembleProbe, RollingGroup } from '../../../src/sdk/definition.ts';
import { zookeeperEnsemble } from '../../../stacks/zookeeper/ensemble.ts';
import { deploy, service } from '../compose/documents.ts';
import { FakeSwarm, lines } from '../converge/fake-swarm.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

export const member = (id: number): string => `zookeeper-${id}`;

/**
 * Changes of a plan: `zookeeper-1 restart`, `zookeeper-4 create`, `app update` (in place), `zookeeper-5 remove`, `x
 * unchanged`; `app start` is one that stands at 0.
 */
export function changes(...words: string[]): ServiceChange[] {
  return words.map((word) => {
    const [name = '', what = ''] = word.split(' ');
    const restarts = what === 'restart';
    const starts = what === 'start';
    const action = restarts || starts ? 'update' : (what as ServiceChange['action']);
    const fields = [
      ...(restarts ? [{ field: 'command', kind: 'changed', effect: 'restart' } as const] : []),
      ...(starts ? [{ field: 'replicas', kind: 'changed', effect: 'in place', from: '0', to: '1' } as const] : []),
    ];
    return { name, action, reason: '', image: '', changes: fields, restarts, notCompared: [] };
  });
}

/** In the document: bound to node1, and reserving so much there. */
export const reserving = (memory: string): Pick<ComposeService, 'deploy'> => ({
  deploy: deploy({ constraints: ['node.hostname == node1'], resources: { reservations: { memory } } }),
});

/**
 * A swarm whose ZooKeeper servers say what the test tells them to: for courses of events that a real ensemble shows
 * only by chance. A deployed member runs at once, and follows unless `onDeploy` says otherwise.
 */
export class FakeEnsemble {
  readonly clock = new VirtualClock();
  readonly swarm = new FakeSwarm(this.clock, ['node1', 'node2', 'node3']);
  /** What a server says of itself; one that is missing does not answer. */
  readonly modes = new Map<string, string>();
  /** Services of each `docker stack deploy`. */
  readonly deployed: string[][] = [];
  readonly steps: string[] = [];
  /** Jobs that are there now. */
  readonly jobs = new Map<string, JobSpec>();
  /** Every job that was made. */
  readonly asked: JobSpec[] = [];
  readonly names: string[];
  /** Called at each look of the gate, before it answers. */
  onLook: (names: readonly string[], patient: boolean) => void | Promise<void> = () => undefined;
  onDeploy: (services: string[]) => void = () => undefined;
  /** In the order in which they roll. */
  rolling: RollingGroup[] = [];
  ignore: string[] = [];
  /** It takes back what a failed deployment began. */
  takesBack = false;
  /** Names of quorum groups of one member, called like it, that are updated before ZooKeeper. */
  leading: string[] = [];
  /** What the stop of a member would break besides the quorum. */
  readonly breaks = new Map<string, Breakage>();
  /** What the document says of services; nothing in particular where nothing is said. */
  readonly wanted = new Map<string, Partial<ComposeService>>();
  /** What decides on the order of restarts besides ensembles and groups. */
  policy: RolloutPolicy = {};
  /** What a service's checks show; one check that passes where nothing is said. */
  readonly checks = new Map<string, Pick<CheckResult, 'check' | 'status' | 'detail'>[]>();
  /** Services of each question for checks. */
  readonly looked: string[][] = [];
  /** Services that a `docker stack deploy` stopped, by a count of 0. */
  readonly stopped: string[][] = [];
  /** Services of each `docker stack deploy`, stops too, that was to ask for the digests of their images. */
  readonly resolved: string[][] = [];
  /** Images of registries for which this machine has a log-in. */
  readonly logins = new Set<string>();
  /** Services of each `docker stack deploy`, stops too, that sent a log-in. */
  readonly withLogin: string[][] = [];
  /** Those that were started while a task of theirs still stopped. */
  readonly doubles: string[] = [];
  readonly #slow = new Map<string, { graceSeconds: number; takesSeconds: number }>();
  /** What was still to be updated at each look. */
  readonly pending: string[][] = [];
  /** In place of the probe's success. */
  probeEnds: Partial<SwarmTask> = {};
  #ids = 0;

  /** @param modes of the servers that exist, in order; @param count of servers in the document */
  constructor(modes: string[], count: number) {
    this.names = Array.from({ length: count }, (_unused, index) => member(index + 1));
    modes.forEach((mode, index) => {
      this.#run(member(index + 1));
      this.modes.set(member(index + 1), mode);
    });
  }

  /** Services that run already. */
  runs(...names: string[]): this {
    for (const name of names) this.#run(name);
    return this;
  }

  /** It runs, and takes so long to stop, in seconds. */
  slow(name: string, takesSeconds: number, graceSeconds = 7_200): this {
    this.#slow.set(name, { graceSeconds, takesSeconds });
    return this.runs(name);
  }

  /** The current task of a service. */
  task(name: string): SwarmTask {
    const task = this.swarm.tasks.find(({ serviceId }) => serviceId === `sid-${name}`);
    if (task === undefined) throw new Error(`${name} has no task`);
    return task;
  }

  /** Its task holds half of the 2 GiB of node1. */
  holdsHalf(name: string): void {
    this.task(name).spec = { Resources: { Reservations: { MemoryBytes: 2 ** 30 } } };
  }

  /** Its task finds no node. */
  findsNone(name: string): void {
    const error = 'no suitable node (insufficient resources on 1 node)';
    this.swarm.enter(this.task(name), 'pending', { nodeId: '', error });
  }

  /** Carries out a plan. */
  roll(services: ServiceChange[], more: Partial<ConvergeOptions> = {}): Promise<void> {
    const document = {
      services: Object.fromEntries(
        services.filter(({ action }) => action !== 'remove').map(({ name }) => [name, service(this.wanted.get(name))]),
      ),
      networks: {},
      volumes: {},
      secrets: {},
    };
    const servers = this.names.map((name) => ({ name }));
    const ensemble = zookeeperEnsemble(servers, 'zk');
    const leading = this.leading.map((name) => ({ ...zookeeperEnsemble([{ name }], 'zk'), name, title: name }));
    const ensembles = [
      ...leading,
      { ...ensemble, probe: { ...ensemble.probe, read: this.#read(ensemble.probe.read) } },
    ];
    const { rolling } = this;
    return deployInWaves({
      engine: this.engine(),
      document,
      plan: {
        stack: 'prod',
        services,
        labels: [] as Plan['labels'],
        restarts: rolloutOf(services, document, { ensembles, rolling, ...this.policy }),
      } as Plan,
      ensembles,
      rolling,
      ignore: this.ignore,
      takesBack: this.takesBack,
      gate: async (names, { pending, patient }) => {
        this.pending.push([...pending]);
        this.looked.push([...names]);
        await this.onLook(names, patient);
        return names.flatMap((name) => this.#check(name));
      },
      environment: {},
      converge: {
        stack: 'prod',
        expectations: [],
        timeoutMs: 600_000,
        clock: this.clock,
        redactor: createRedactor([]),
        ...more,
      },
      onStep: (line) => this.steps.push(line),
      onLine: () => undefined,
    });
  }

  #read(read: EnsembleProbe['read']): EnsembleProbe['read'] {
    return (lines) => {
      const reading = read(lines);
      for (const [name, breaks] of this.breaks) Object.assign(reading.members[name] ?? {}, { breaks });
      return reading;
    };
  }

  /** The swarm that it is asked in. */
  engine(): Engine {
    const swarm = this.swarm.engine();
    const part: Partial<Engine> = {
      networks: async () => [
        {
          id: 'net',
          name: 'prod_zk',
          labels: {},
          driver: 'overlay',
          attachable: false,
          internal: false,
          options: {},
          subnets: [],
        },
      ],
      createJob: async (job) => {
        const id = `job-${(this.#ids += 1)}`;
        this.jobs.set(id, job);
        this.asked.push(job);
        const task = this.swarm.task({ id, mode: { kind: 'replicated-job', replicas: 1 } } as SwarmService, {
          state: 'complete',
          ...this.probeEnds,
        });
        this.swarm.logs.set(task.id, () => lines(this.#answers()));
        return id;
      },
      jobs: async () => [...this.jobs].map(([id, { name, labels }]) => ({ id, name, labels })),
      removeService: async (id) => void this.jobs.delete(id),
      findLogins: async (images) =>
        images.map((image) => {
          const known = this.logins.has(image);
          return { registry: image, known, sent: known, source: 'config.json' };
        }),
      deployStack: async (_name, text, options) => {
        const { services } = parse(text) as { services: Record<string, { deploy: { replicas: number } }> };
        const names = Object.keys(services);
        if (options?.resolveImage !== 'changed') this.resolved.push(names);
        if (options?.sendsLogin === true) this.withLogin.push(names);
        if (Object.values(services).every(({ deploy }) => deploy.replicas === 0)) return this.#stop(names);
        this.deployed.push(names);
        for (const name of names) {
          this.#run(name);
          if (!name.startsWith('zookeeper')) continue;
          const led = this.modes.get(name) === 'leader';
          this.modes.set(name, 'follower');
          const heir = [...this.modes.keys()].find((other) => other !== name);
          if (led && heir !== undefined) this.modes.set(heir, 'leader');
        }
        this.onDeploy(names);
      },
    };
    return { ...swarm, ...part };
  }

  #check(service: string): CheckResult[] {
    const task = this.swarm.tasks.find(({ serviceId }) => serviceId === `sid-${service}`);
    if (task?.state !== 'running')
      return [{ service, check: 'running', status: 'failed', detail: `the task is ${task?.state ?? 'not there'}` }];
    return (this.checks.get(service) ?? [{ check: 'TLS', status: 'passed', detail: 'TLS: Enabled' }]).map((one) => ({
      service,
      ...one,
    }));
  }

  #answers(): string[] {
    const synced = [...this.modes.values()].filter((mode) => mode === 'follower').length;
    return [...this.modes].flatMap(([name, mode]) => {
      if (mode === 'waiting') return [`${name} srvr This ZooKeeper instance is not currently serving requests`];
      return [
        `${name} srvr Mode: ${mode}`,
        ...(mode === 'leader' ? [`${name} mntr zk_synced_followers\t${synced}`] : []),
      ];
    });
  }

  #stop(names: string[]): void {
    this.stopped.push(names);
    for (const name of names) {
      const task = this.task(name);
      task.desiredState = 'remove';
      this.modes.delete(name);
      const takes = this.#slow.get(name)?.takesSeconds ?? 0;
      this.swarm.at(this.clock.elapsed() / 1000 + takes, () => this.swarm.enter(task, 'shutdown'));
    }
  }

  #run(name: string): void {
    const live = this.swarm.services.find((one) => one.name === `prod_${name}`) ?? this.swarm.service(name);
    const slow = this.#slow.get(name);
    const open = this.swarm.tasks.filter(({ serviceId, state }) => serviceId === live.id && state !== 'shutdown');
    if (slow !== undefined && this.deployed.length > 0 && open.length > 0) this.doubles.push(name);
    this.swarm.tasks = this.swarm.tasks.filter((task) => task.serviceId !== live.id);
    const container = slow && { Hostname: name, StopGracePeriod: slow.graceSeconds * 1e9 };
    live.spec = { TaskTemplate: { round: (this.#ids += 1), ...(container && { ContainerSpec: container }) } };
    live.stopGraceSeconds = slow?.graceSeconds ?? 10;
    this.swarm.task(live, container && { spec: { ContainerSpec: container } });
  }
}
