/** One lab host's engine: started as on a machine of its own, ended as by a power loss. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cgroupDirectories, type Cgroups, createEngineCgroup } from './cgroup.ts';
import { startDaemon } from './daemon.ts';
import { engineAnswers, engineRequest } from './engine-api.ts';
import { type Engine, enginePath, engineProgram, versionIn } from './engine-programs.ts';
import { engineOf, type HostPlan, type LabPlan } from './plan.ts';
import { poll } from './poll.ts';
import { isFirstOfItsNamespace, killAll, processesInCgroups, processesInNetns } from './processes.ts';

/**
 * A port that nothing listens on in a host: what an engine sends there is refused at once, and nothing leaves the
 * machine.
 */
const CLOSED_PROXY = 'http://127.0.0.1:9';

/** First version that has its image store in containerd, for trial then. */
const CONTAINERD_STORE = 23;

const HOST_INIT = fileURLToPath(new URL('host-init.sh', import.meta.url));

/** The directory of a host: its engine's data, socket and log. */
export function hostDirectory(plan: Pick<LabPlan, 'dir'>, host: Pick<HostPlan, 'name'>): string {
  return path.join(plan.dir, host.name);
}

/** Where a host's engine keeps what it has; made by its first start. */
export function dataDirectory(plan: Pick<LabPlan, 'dir'>, host: Pick<HostPlan, 'name'>): string {
  return path.join(hostDirectory(plan, host), 'data');
}

/**
 * Starts a host's engine in its (existing) network namespace, and waits until it answers.
 *
 * @throws Error with the end of the engine's log when it ends or does not answer within three minutes; if it is another
 *   engine.
 */
export async function startEngine(
  plan: LabPlan,
  host: HostPlan,
  cgroups: Cgroups,
  signal?: AbortSignal,
): Promise<void> {
  const dir = hostDirectory(plan, host);
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'resolv.conf'), `nameserver ${plan.switchAddress}\n`);
  if (host.memoryBytes !== undefined) writeFileSync(path.join(dir, 'meminfo'), meminfo(host.memoryBytes));
  // After a power loss these are left from the engine's last life; its pid would now be another process.
  for (const stale of ['docker.pid', 'docker.sock', 'exec'])
    rmSync(path.join(dir, stale), { recursive: true, force: true });
  // An engine installed here may have settings of its own in /etc/docker; they are not for the lab.
  writeFileSync(path.join(dir, 'daemon.json'), `${JSON.stringify(settingsOf(plan, host))}\n`);
  const hostCgroup = path.join(plan.cgroup, host.name);
  const own = createEngineCgroup(cgroups, hostCgroup);
  const engine = engineOf(plan, host);
  const logFile = path.join(dir, 'engine.log');

  await startDaemon({
    what: `engine of ${host.name}`,
    netns: host.netns,
    argv: [
      ...(host.cpus === undefined ? [] : ['taskset', '--cpu-list', cpuList(host, plan.hosts.indexOf(host))]),
      'unshare',
      '--uts',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--propagation',
      'private',
      '--',
      'sh',
      HOST_INIT,
      host.name,
      dir,
      String(cgroups.version),
      cgroups.version === 1 ? cgroups.hierarchies.map((one) => one.controllers).join(' ') : '',
      own.controllers,
      own.directory,
      engine.dir ?? '',
      engineProgram(engine),
      ...engineArguments(plan, host, dir, hostCgroup),
    ],
    env: {
      PATH: enginePath(engine),
      // Go's collector takes a sixth of an engine's CPU time on machines with few cores, and memory is at hand.
      GOGC: '800',
      HTTP_PROXY: CLOSED_PROXY,
      HTTPS_PROXY: CLOSED_PROXY,
      NO_PROXY: `localhost,127.0.0.0/8,${plan.subnet}`,
    },
    logFile,
    timeoutMs: 180_000,
    ready: () => engineAnswers(host.socket),
    signal,
  });
  await refuseOtherEngine(host, engine);
}

/** @throws Error if what answers on a host's socket is of another version than the engine that it was to run */
export async function refuseOtherEngine(
  { name, socket }: Pick<HostPlan, 'name' | 'socket'>,
  engine: Engine,
): Promise<void> {
  const { Version } = await engineRequest<{ Version: string }>(socket, 'GET', '/version');
  if (versionIn(Version) !== engine.version)
    throw new Error(
      `${name} runs Engine ${Version}, not ${engine.version} of ${engine.dir ?? 'this machine'}: what is tested on it ` +
        'would be told of another engine',
    );
}

/**
 * The first process of a running host, as seen from here: its namespaces are the host's.
 *
 * @throws Error when the host is not running.
 */
export function hostInit(host: HostPlan): number {
  const init = initOf(host);
  if (init === undefined) throw new Error(`${host.name} is not running; start it first`);
  return init;
}

/** Whether a host's engine runs: it has not ended, and was not killed. */
export const isRunning = (host: HostPlan): boolean => initOf(host) !== undefined;

const initOf = (host: HostPlan): number | undefined => processesInNetns([host.netns]).find(isFirstOfItsNamespace);

/**
 * Stops a host's engine as a service manager does, with its containers, and waits until nothing of it runs.
 *
 * @throws Error if the host is not running, or its engine does not end.
 */
export async function stopEngine(plan: LabPlan, host: HostPlan, cgroups: Cgroups): Promise<void> {
  const first = hostInit(host);
  process.kill(first, 'SIGTERM');
  await poll(`engine of ${host.name} ends`, 180_000, () => (isFirstOfItsNamespace(first) ? undefined : true));
  await killHostProcesses(plan, host, cgroups);
}

/** Ends everything on a host at once, engine, containers and all, and waits until it is gone. */
export async function killHostProcesses(plan: LabPlan, host: HostPlan, cgroups: Cgroups): Promise<void> {
  const hostCgroup = path.join(plan.cgroup, host.name);
  await killAll(host.name, () => [
    ...processesInNetns([host.netns]),
    ...processesInCgroups(cgroupDirectories(cgroups, hostCgroup)),
  ]);
}

/** The host's daemon.json (docs.docker.com: containerd image store). */
function settingsOf(plan: LabPlan, host: HostPlan): object {
  if (host.imageStore === 'default') return {};
  const { version } = engineOf(plan, host);
  if (Number(version.split('.')[0]) < CONTAINERD_STORE) {
    throw new Error(
      `${host.name}: Engine ${version} has no containerd image store; ${CONTAINERD_STORE} and newer have it`,
    );
  }
  return { features: { 'containerd-snapshotter': true } };
}

function engineArguments(plan: LabPlan, host: HostPlan, dir: string, hostCgroup: string): string[] {
  return [
    '--config-file',
    path.join(dir, 'daemon.json'),
    '--host',
    host.socket,
    '--data-root',
    dataDirectory(plan, host),
    '--exec-root',
    path.join(dir, 'exec'),
    '--pidfile',
    path.join(dir, 'docker.pid'),
    '--cgroup-parent',
    `/${hostCgroup}`,
    '--exec-opt',
    'native.cgroupdriver=cgroupfs',
    '--insecure-registry',
    plan.subnet,
    '--dns',
    plan.switchAddress,
    '--swarm-default-advertise-addr',
    host.address,
    '--log-level',
    'warn',
    '--shutdown-timeout',
    '3',
  ];
}

/** A host with one CPU gets one of the machine's, and the next small host another. */
function cpuList(host: HostPlan, index: number): string {
  const online = onlineCpus();
  const count = Math.min(host.cpus ?? online.length, online.length);
  return Array.from({ length: count }, (_, offset) => online[(index + offset) % online.length]).join(',');
}

function onlineCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}

/** The engine reads the host's memory from /proc/meminfo; its containers have a /proc of their own. */
function meminfo(memoryBytes: number): string {
  const total = Math.floor(memoryBytes / 1024);
  const real = readFileSync('/proc/meminfo', 'utf8');
  return real.replace(
    /^(MemTotal|MemFree|MemAvailable):(\s+)(\d+) kB$/gm,
    (_line, key: string, gap: string, value: string) => {
      return `${key}:${gap}${key === 'MemTotal' ? total : Math.min(total, Number(value))} kB`;
    },
  );
}
