import { BundleError } from '../errors.ts';
import { systemClock, type Clock } from '../swarm/clock.ts';
import { LABEL } from '../bundle/names.ts';
import { containerName } from './plan/command.ts';
import type { Engine, PublishedPort, SwarmNode, TaskEngine } from '../engine/port.ts';
import type { CheckResult } from '../verify/result.ts';
import { endedText, isOfService, runsSince, serviceOf, toService, toTask } from './container-task.ts';
import { HostContainers, type End, type Found, type LastRead, type RunHost } from './host-containers.ts';
import { outdatedResults, type Made } from './outdated.ts';
import { partContainers, strayResults, type Parted } from './strays.ts';

export interface RunStack {
  stack: string;
  /** Names of the document's networks. */
  networks: readonly string[];
  /** The run target has several hosts, whether or not all of them can be asked. */
  several: boolean;
  /** By service, its ports with host networking, and the targets of mounts that are no secrets. */
  services: Readonly<
    Record<string, { host: string; hostPorts: readonly PublishedPort[]; paths: readonly string[]; made: Made }>
  >;
}

/** A container that stands for its service. */
export interface Standing extends Found {
  ends: readonly End[];
  /** Its engine gives no answer any more: so it was. */
  silent: boolean;
}

/**
 * The containers of the run target, on as many engines as it has hosts, seen as the tasks of a swarm: what looks at
 * tasks can look at them. Strays are no tasks: they stand for no service.
 */
export class ContainerEngine implements TaskEngine {
  readonly #hosts: readonly RunHost[];
  readonly #about: RunStack;
  /** By container id, as far as it was seen. */
  readonly #seen = new Map<string, Found>();
  /** Of containers, those included that were made a moment ago. */
  readonly #hostOf = new Map<string, RunHost>();
  readonly #containers: HostContainers;
  readonly #isSilent = (host: RunHost): boolean => this.#containers.isSilent(host);

  constructor(hosts: readonly RunHost[], about: RunStack, clock: Clock = systemClock) {
    this.#hosts = hosts;
    this.#about = about;
    this.#containers = new HostContainers(hosts, about.stack, clock);
  }

  get address(): Engine['address'] {
    return this.#first().engine.address;
  }

  info(): ReturnType<Engine['info']> {
    return this.#first().engine.info();
  }

  /** A host whose engine gives no answer any more is down: of its containers it is told how they were. */
  async nodes(): Promise<SwarmNode[]> {
    await this.#read();
    return this.#hosts.map((host) => ({
      id: host.name,
      hostname: host.name,
      role: 'worker',
      leader: false,
      votes: false,
      availability: 'active',
      state: this.#isSilent(host) ? 'down' : 'ready',
      address: host.address,
      cpus: 0,
      memoryBytes: 0,
      os: 'linux',
      arch: '',
      engineVersion: '',
      labels: {},
      engineLabels: {},
    }));
  }

  async services(): ReturnType<Engine['services']> {
    const { placed } = this.#parted(await this.#read());
    return [
      ...new Map(
        placed.map(({ container }) => [serviceOf(container), toService(this.#about.stack, container)]),
      ).values(),
    ];
  }

  async tasks({ serviceId }: { serviceId?: string } = {}): ReturnType<Engine['tasks']> {
    const found = await this.#read();
    return [...this.#parted(found).placed, ...found.filter(({ container }) => !isOfService(container))]
      .map(({ host, container }) => {
        const { hostPorts = [], paths = [] } = this.#about.services[serviceOf(container)] ?? {};
        return toTask(container, {
          host: host.name,
          hostAddress: host.address,
          dialledAtHost: this.#about.several,
          networks: this.#networkIds(),
          hostPorts,
          paths,
        });
      })
      .filter((task) => serviceId === undefined || task.serviceId === serviceId);
  }

  /** Of a service only what its container wrote in this run: lines of one before tell nothing of it. */
  taskLogs(id: string, options: Parameters<Engine['taskLogs']>[1] = {}): ReturnType<Engine['taskLogs']> {
    const { host, container } = this.#known(id);
    const since = options.since ?? runsSince(container);
    return host.engine.containerLogs(id, { ...options, ...(since === undefined ? {} : { since }) });
  }

  async networks(): ReturnType<Engine['networks']> {
    return this.#networkIds().map((name) => ({
      id: name,
      name,
      labels: {},
      driver: 'bridge',
      attachable: true,
      internal: false,
      options: {},
      subnets: [],
    }));
  }

  /**
   * A container on the host that the constraints name, in the network of the stack's containers there, and told the
   * same names.
   */
  async createJob({
    name,
    labels,
    image,
    command,
    constraints,
    secrets,
  }: Parameters<Engine['createJob']>[0]): Promise<string> {
    const wanted = constraints.map((one) => /^node\.id == (.+)$/.exec(one)?.[1]).find((id) => id !== undefined);
    const host = this.#hosts.find((one) => one.name === wanted) ?? this.#first();
    // A stray has names and secrets of a rendering before.
    const own = this.#parted(await this.#read())
      .placed.filter((one) => one.host === host)
      .map(({ container }) => container);
    const [neighbour] = own;
    if (neighbour === undefined)
      throw new BundleError('run-no-container', `no container of ${this.#about.stack} is on ${host.name}`);
    const files = secrets.map((secret) => {
      const source = own
        .flatMap(({ mounts }) => mounts)
        .find((mount) => mount.type === 'bind' && mount.source.split('/').at(-1) === secret.name)?.source;
      if (source === undefined)
        throw new BundleError('run-no-container', `no container on ${host.name} has ${secret.name}`);
      return { source, target: `/run/secrets/${secret.target}` };
    });
    const id = await host.engine.startContainerJob({
      name,
      labels,
      image,
      command,
      network: neighbour.network,
      extraHosts: [...new Set(own.flatMap(({ extraHosts }) => extraHosts))],
      files,
    });
    this.#hostOf.set(id, host);
    return id;
  }

  async jobs(): ReturnType<Engine['jobs']> {
    return (await this.#read()).flatMap(({ container: { id, name, labels } }) =>
      labels[LABEL.kind] === undefined ? [] : [{ id, name, labels }],
    );
  }

  async removeService(id: string): Promise<void> {
    await this.#hostOf.get(id)?.engine.removeContainer(id);
  }

  /** What there is in place of a running container. */
  absence(service: string): string {
    const name = containerName(this.#about.stack, service);
    const found = this.#parted(this.#containers.newest).placed.find(
      ({ container }) => serviceOf(container) === service,
    );
    const where = this.#about.services[service]?.host ?? 'its host';
    return found === undefined
      ? `${where} has no container ${name}; run.sh makes it`
      : `${name} on ${where}: ${endedText(found.container)}; ${this.logCommand(found.container.id)} shows more`;
  }

  /** The containers that stand for their services, read anew. */
  async standing(): Promise<Standing[]> {
    return this.#parted(await this.#read()).placed.map((one) => ({
      ...one,
      ends: this.#containers.endsOf(one.container.id),
      silent: this.#isSilent(one.host),
    }));
  }

  /** What was read last of a host; undefined if it has no engine here. */
  lastOf(host: string): LastRead | undefined {
    return this.#containers.lastOf(host);
  }

  /** Failures for containers that run where they should not, as they were read last. */
  strays(): CheckResult[] {
    return strayResults(this.#parted(this.#containers.newest), this.#about, this.#isSilent);
  }

  /** Failures for containers that an earlier run.sh made, as they were read last. */
  outdated(): CheckResult[] {
    return outdatedResults(this.#parted(this.#containers.newest).placed, this.#about.services, this.#isSilent);
  }

  /** For a person. */
  logCommand(id: string): string {
    const { host, container } = this.#known(id);
    return `docker logs ${container.name} on ${host.name}`;
  }

  async #read(): Promise<readonly Found[]> {
    const newest = await this.#containers.read();
    for (const found of newest) {
      this.#seen.set(found.container.id, found);
      this.#hostOf.set(found.container.id, found.host);
    }
    return newest;
  }

  #parted(found: readonly Found[]): Parted {
    return partContainers(found, this.#about);
  }

  #known(id: string): Found {
    const found = this.#seen.get(id);
    if (found === undefined) throw new BundleError('engine-not-found', `no container ${id} was seen`);
    return found;
  }

  #networkIds(): string[] {
    return this.#about.networks.map((name) => `${this.#about.stack}_${name}`);
  }

  /** One that answers, if any does. */
  #first(): RunHost {
    const host = this.#hosts.find((one) => !this.#isSilent(one)) ?? this.#hosts[0];
    if (host === undefined) throw new TypeError('no engine is given');
    return host;
  }
}
