/** A lab that is up, as an object to work with. */
import path from 'node:path';
import { detectCgroups } from './cgroup.ts';
import { dockerCli } from './docker-cli.ts';
import { engineAnswers } from './engine-api.ts';
import { hostInit, killHostProcesses, startEngine, stopEngine } from './engine.ts';
import { type Engine, obtainEngine } from './engine-programs.ts';
import { SYSTEM_ENGINE } from './engines.ts';
import { run, type RunOptions, type RunResult } from './exec.ts';
import { importRootfs, publishImage } from './images.ts';
import { createHostNetwork, removeHostNetwork, setCable } from './network.ts';
import { ensurePackages, missingPackages } from './packages.ts';
import { checkEngine, engineOf, type HostPlan, type LabPlan, oldestEngine } from './plan.ts';
import { netnsFile, processesInNetns, programOf } from './processes.ts';
import { slowCable, type CableFaults } from './slow-cable.ts';
import { staysDown, versionBefore } from './rejoin.ts';
import { readState, writeState } from './state.ts';
import { down } from './teardown.ts';

export type LabHost = HostPlan;

export interface Lab {
  id: string;
  hosts: LabHost[];
  /** `ADDRESS:PORT`, as image names use it inside the lab. */
  registry: string;
  /** Everything the lab writes is in this directory. */
  dir: string;
  /** The namespace from which published ports of the hosts can be reached. */
  switchNetns: string;
  /** A host by name. @throws Error when there is none of this name. */
  host(name: string): LabHost;
  /** The engine that a host runs, or ran last. */
  engine(name: string): Engine;
  /** Runs the docker CLI against a host's engine. @throws CommandError when it fails, unless `check` is false. */
  docker(host: string, args: string[], options?: RunOptions): Promise<RunResult>;
  /** The path of a docker CLI that fits all engines of the lab. */
  cli(): Promise<string>;
  /** Environment in which a docker CLI or library talks to a host's engine, apart from the user's own settings. */
  env(host: string): Record<string, string>;
  /** Pulls a host's network cable. */
  cut(host: string): Promise<void>;
  /** Plugs it in again. */
  heal(host: string): Promise<void>;
  /** Makes a host's cable lose and delay what it carries, until what it gives is called. */
  slow(host: string, faults: CableFaults): Promise<() => Promise<void>>;
  /** Stops a host's engine in the middle of what it does, until what it gives is called. */
  pause(host: string): () => void;
  /** A power loss: engine, containers and network of the host are gone at once; its disk stays. */
  kill(host: string): Promise<void>;
  /**
   * Starts a host that was killed, with its cable in, and waits until its engine answers (not until swarm calls it
   * ready).
   */
  start(host: string): Promise<void>;
  /**
   * Stops a host's engine in good order, and starts the host again with another one (of ENGINE_NAMES) on the same disk.
   */
  upgrade(host: string, engine: string, log?: (line: string) => void): Promise<void>;
  /** Pushes an image of node1, or an archive made by `docker save`, to the lab's registry. Gives its full name. */
  publish(image: string, name?: string): Promise<string>;
  /** Pushes a root file system (tar: path or content) as an image. Gives its full name. */
  importRootfs(rootfs: string | Buffer, name: string, changes?: readonly string[]): Promise<string>;
  /** Runs a command in the network namespace of a host, or of the switch (`switch`, or `switchNetns`). */
  exec(where: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a command on a running host as if logged in there: its network, disk, processes and host name. */
  onHost(host: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  down(): Promise<void>;
}

/** The handle of a lab whose parts are running. */
export function openLab(plan: LabPlan): Lab {
  const host = (name: string): LabHost => findHost(plan, name);
  const env = (name: string): Record<string, string> => ({
    DOCKER_HOST: host(name).socket,
    DOCKER_CONFIG: path.join(plan.dir, 'docker-config'),
  });
  const cli = (): Promise<string> => dockerCli(oldestEngine(plan));
  const docker = async (name: string, args: string[], options: RunOptions = {}): Promise<RunResult> =>
    run([await cli(), ...args], { ...options, env: { ...FOREIGN_DOCKER, ...env(name), ...options.env } });
  const dockerOnFirst = (args: string[], options?: RunOptions): Promise<RunResult> => docker('node1', args, options);
  return {
    id: plan.id,
    hosts: plan.hosts,
    registry: plan.registry,
    dir: plan.dir,
    switchNetns: plan.switchNetns,
    host,
    engine: (name) => engineOf(plan, host(name)),
    docker,
    cli,
    env,
    // async, so that an unknown host is a rejection like any other failure
    cut: async (name) => setCable(plan, host(name), 'down'),
    heal: async (name) => setCable(plan, host(name), 'up'),
    slow: async (name, faults) => slowCable(plan, host(name), faults),
    pause: (name) => pauseEngine(host(name)),
    kill: async (name) => powerOff(plan, host(name)),
    start: async (name) => powerOn(plan, host(name)),
    upgrade: async (name, engine, log) => upgrade(plan, host(name), checkEngine(engine), log),
    publish: (image, name) => publishImage(dockerOnFirst, plan.registry, image, name),
    importRootfs: (rootfs, name, changes) => importRootfs(dockerOnFirst, plan.registry, rootfs, name, changes),
    exec: async (where, argv, options) =>
      run(['nsenter', `--net=${netnsFile(netnsOf(plan, where))}`, '--', ...argv], options),
    onHost: async (name, argv, options) =>
      run(
        ['nsenter', '--target', String(hostInit(host(name))), '--mount', '--uts', '--pid', '--net', '--', ...argv],
        options,
      ),
    down: () => down(plan.id),
  };
}

/** Settings that would lead a docker CLI to another engine than the one meant. */
export const FOREIGN_DOCKER = {
  DOCKER_CONTEXT: undefined,
  DOCKER_TLS: undefined,
  DOCKER_TLS_VERIFY: undefined,
  DOCKER_CERT_PATH: undefined,
};

/**
 * The network namespace of the switch, or of a host, by either of its names.
 *
 * @throws Error when there is none.
 */
export function netnsOf(plan: Pick<LabPlan, 'id' | 'hosts' | 'switchNetns'>, where: string): string {
  if (where === 'switch' || where === plan.switchNetns) return plan.switchNetns;
  return (plan.hosts.find((one) => one.netns === where) ?? findHost(plan, where)).netns;
}

function findHost(plan: Pick<LabPlan, 'id' | 'hosts'>, name: string): LabHost {
  const found = plan.hosts.find((one) => one.name === name);
  if (found === undefined)
    throw new Error(`no host '${name}' in lab '${plan.id}': there are ${plan.hosts.map((one) => one.name).join(', ')}`);
  return found;
}

/** Another process may have given a host another engine since this one opened the lab. */
function reloadEngines(plan: LabPlan): void {
  const now = readState(plan.id)?.plan;
  if (now === undefined) return;
  plan.engines = now.engines;
  for (const host of plan.hosts) host.engine = now.hosts.find((one) => one.name === host.name)?.engine ?? host.engine;
}

async function upgrade(
  plan: LabPlan,
  host: LabHost,
  name: string,
  log = (_line: string): void => undefined,
): Promise<void> {
  reloadEngines(plan);
  await ensurePackages(() => missingPackages({ system: name === SYSTEM_ENGINE, fetched: name !== SYSTEM_ENGINE }), log);
  const engine = plan.engines[name] ?? (await obtainEngine(name, log));
  await stopEngine(plan, host, detectCgroups());
  reloadEngines(plan);
  plan.engines[name] = engine;
  host.engine = name;
  writeState(plan, 'up');
  // With its network made anew, as a machine that restarts after the upgrade: an engine that stops can leave the vxlan
  // of an overlay network in the host's namespace, and the next one then fails with 'error creating vxlan interface:
  // file exists'.
  await powerOn(plan, host);
}

function pauseEngine({ name, netns }: LabHost): () => void {
  const engines = processesInNetns([netns]).filter((pid) => programOf(pid) === 'dockerd');
  if (engines.length === 0) throw new Error(`no engine runs on ${name}`);
  for (const pid of engines) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of engines) process.kill(pid, 'SIGCONT');
  };
}

async function powerOff(plan: LabPlan, host: LabHost): Promise<void> {
  // Cable first: a machine without power answers nothing, also not that a port is closed.
  await setCable(plan, host, 'down');
  await killHostProcesses(plan, host, detectCgroups());
}

async function powerOn(plan: LabPlan, host: LabHost): Promise<void> {
  if (await engineAnswers(host.socket)) throw new Error(`${host.name} is running already; kill it first`);
  reloadEngines(plan);
  const cgroups = detectCgroups();
  const before = await versionBefore(plan, host);
  const boot = async (): Promise<void> => {
    // An engine that ended by itself leaves shims and containers. The network is made anew, as a restart does.
    await killHostProcesses(plan, host, cgroups);
    await removeHostNetwork(plan, host);
    await createHostNetwork(plan, host);
    await startEngine(plan, host, cgroups);
  };
  await boot();
  if (!(await staysDown(plan, host, before))) return;
  process.stderr.write(`lab ${plan.id}: the swarm takes ${host.name}, which runs, for down: it is started once more\n`);
  await boot();
}
