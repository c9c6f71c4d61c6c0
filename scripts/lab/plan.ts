/** What a lab looks like, from its id and size alone: names, addresses, roles, labels. Pure. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Engine } from './engine-programs.ts';
import { DEFAULT_ENGINE, ENGINE_NAMES, IMAGE_STORES } from './engines.ts';

export const DEFAULT_ID = 'lab';
export const MAX_HOSTS = 7;
export const REGISTRY_PORT = 5000;

const GIB = 1024 ** 3;

/** What a host claims to have. Swarm plans with it; the engine confines containers to the CPUs, not to the memory. */
export interface HostSize {
  memoryBytes?: number;
  /** Whole CPUs, at most those of the machine. */
  cpus?: number;
}

export interface HostPlan {
  name: string;
  address: string;
  /** Docker host URL of the engine's socket. */
  socket: string;
  netns: string;
  role: 'manager' | 'worker';
  labels: Record<string, string>;
  memoryBytes?: number;
  cpus?: number;
  /** Name of its engine, of ENGINE_NAMES. */
  engine: string;
  /** Where its engine keeps images, of IMAGE_STORES. */
  imageStore: string;
}

export interface LabPlan {
  id: string;
  dir: string;
  /** CIDR of the network between the hosts. */
  subnet: string;
  switchNetns: string;
  switchAddress: string;
  registry: string;
  /** Name of the directory under every cgroup hierarchy, without a slash in front. */
  cgroup: string;
  hosts: HostPlan[];
  /** By name, the engines that were obtained for the hosts; empty until then. */
  engines: Record<string, Engine>;
}

export interface PlanOptions {
  hosts?: number;
  id?: string;
  /** Node labels by host name, added to the default ones. */
  labels?: Record<string, Record<string, string>>;
  /** Sizes by host name, in place of the default ones. */
  sizes?: Record<string, HostSize>;
  /** Engine of all hosts, of ENGINE_NAMES (default 28), and others by host name. */
  engine?: string;
  engines?: Record<string, string>;
  /** Image store of all hosts, of IMAGE_STORES, and others by host name. */
  imageStore?: string;
  imageStores?: Record<string, string>;
}

/**
 * A lab id as given or the default one.
 *
 * @throws Error when it cannot be part of namespace, directory and cgroup names.
 */
export function checkId(id: string = DEFAULT_ID): string {
  if (!/^[a-z0-9][a-z0-9-]{0,19}$/.test(id)) {
    throw new Error(
      `lab id '${id}': use 1 to 20 lower-case letters, digits and dashes, starting with a letter or digit`,
    );
  }
  return id;
}

/**
 * The directory of a lab: everything it writes is in there. `LAB_DIR` names another parent than /tmp, which is fixed
 * and not TMPDIR: namespaces are the whole machine's, and every process has to find the files that go with them.
 *
 * @throws Error when a lab could not work in it.
 */
export function labDirectory(id: string): string {
  const parent = path.resolve(process.env['LAB_DIR'] ?? '/tmp');
  // Every host gets a tmpfs over /run, which would hide its own files.
  if (/^(\/var)?\/run(\/|$)/.test(parent)) {
    throw new Error(
      `LAB_DIR=${parent}: a lab cannot live under /run, which each host covers with its own; name another directory`,
    );
  }
  // These separate the parts of volume and mount options.
  if (/[:,\\\s]/.test(parent))
    throw new Error(
      `LAB_DIR=${parent}: a lab's directory cannot have colons, commas, backslashes or blanks in its path`,
    );
  const dir = path.join(parent, `swarm-lab-${id}`);
  const socket = path.join(dir, `node${MAX_HOSTS}`, 'docker.sock');
  // sun_path of a unix socket holds 107 characters (unix(7)).
  if (socket.length > 107)
    throw new Error(`${socket}: too long for a unix socket (107 characters); set LAB_DIR to a shorter directory`);
  return dir;
}

/** What the names of all network namespaces of a lab begin with. The dot keeps 'a' and 'a-b' apart: ids have none. */
export function netnsPrefix(id: string): string {
  return `swarm-lab.${id}.`;
}

/** Name of the lab's directory under each cgroup hierarchy. */
export function cgroupName(id: string): string {
  return `swarm-lab-${id}`;
}

/**
 * The first three octets of a lab's network. Labs are cut off from each other, so that two of them on the same
 * network do no harm; differing ones only make logs easier to read. 10.200 and up stays clear of what swarm gives to
 * overlay networks (from 10.0.0 upwards) and of the engine's own 172.17 and 172.18.
 */
export function networkOf(id: string): string {
  const hash = createHash('sha256').update(id).digest();
  return `10.${200 + ((hash[0] ?? 0) % 50)}.${hash[1] ?? 0}`;
}

/**
 * Plans a lab.
 *
 * @throws Error for a bad id, a number of hosts outside 1 to 7, settings for a host that is not there, or an unknown
 * engine or image store.
 */
export function planLab(options: PlanOptions = {}): LabPlan {
  const id = checkId(options.id);
  const count = options.hosts ?? 4;
  if (!Number.isInteger(count) || count < 1 || count > MAX_HOSTS) {
    throw new Error(`a lab has 1 to ${MAX_HOSTS} hosts, not ${count}`);
  }
  const managers = count >= 3 ? 3 : 1; // two would be no use: with either of them gone, the other decides nothing
  const dir = labDirectory(id);
  const network = networkOf(id);
  const names = Array.from({ length: count }, (_, index) => `node${index + 1}`);
  for (const settings of ['labels', 'sizes', 'engines', 'imageStores'] as const) {
    const named = Object.keys(options[settings] ?? {}).find((name) => !names.includes(name));
    if (named !== undefined) throw new Error(`${settings} for '${named}': the hosts are ${names.join(', ')}`);
  }
  for (const engine of [options.engine ?? DEFAULT_ENGINE, ...Object.values(options.engines ?? {})]) checkEngine(engine);
  for (const store of [options.imageStore ?? 'default', ...Object.values(options.imageStores ?? {})])
    checkImageStore(store);
  return {
    id,
    dir,
    subnet: `${network}.0/24`,
    switchNetns: `${netnsPrefix(id)}switch`,
    switchAddress: `${network}.1`,
    registry: `${network}.1:${REGISTRY_PORT}`,
    cgroup: cgroupName(id),
    hosts: names.map((name, index) => ({
      name,
      address: `${network}.${11 + index}`,
      socket: `unix://${path.join(dir, name, 'docker.sock')}`,
      netns: `${netnsPrefix(id)}${name}`,
      role: index < managers ? 'manager' : 'worker',
      ...defaultSize(index),
      ...options.sizes?.[name],
      labels: { ...defaultLabels(index), ...options.labels?.[name] },
      engine: options.engines?.[name] ?? options.engine ?? DEFAULT_ENGINE,
      imageStore: options.imageStores?.[name] ?? options.imageStore ?? 'default',
    })),
    engines: {},
  };
}

/** An engine's name as given. @throws Error if there is no such engine. */
export function checkEngine(name: string): string {
  if (!ENGINE_NAMES.includes(name)) throw new Error(`engine '${name}': there are ${ENGINE_NAMES.join(', ')}`);
  return name;
}

/** An image store's name as given. @throws Error if there is no such store. */
export function checkImageStore(name: string): string {
  if (!IMAGE_STORES.includes(name)) throw new Error(`image store '${name}': there are ${IMAGE_STORES.join(', ')}`);
  return name;
}

/** The obtained engine of a host. @throws Error if it was not obtained. */
export function engineOf(plan: Pick<LabPlan, 'engines'>, host: Pick<HostPlan, 'name' | 'engine'>): Engine {
  const engine = plan.engines[host.engine];
  if (engine === undefined)
    throw new Error(`${host.name}: engine '${host.engine}' is not known to this lab; bring it up again`);
  return engine;
}

/** Major version of the oldest engine of a lab: what a docker CLI has to get along with. */
export function oldestEngine(plan: LabPlan): number {
  return Math.min(...plan.hosts.map((host) => Number(engineOf(plan, host).version.split('.')[0])));
}

const SIZES = [
  { size: 'large', memoryBytes: 8 * GIB },
  { size: 'large', memoryBytes: 8 * GIB },
  { size: 'medium', memoryBytes: 4 * GIB },
  { size: 'small', memoryBytes: 2 * GIB, cpus: 1 },
] as const;

function sizeOf(index: number): (typeof SIZES)[number] {
  return SIZES[index % SIZES.length] ?? SIZES[0];
}

function defaultSize(index: number): HostSize {
  const { size: _name, ...size } = sizeOf(index);
  return size;
}

function defaultLabels(index: number): Record<string, string> {
  return { 'lab.size': sizeOf(index).size, 'lab.rack': 'abc'[index % 3] ?? 'a' };
}
