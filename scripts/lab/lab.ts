/**
 * A real multi-host Docker Swarm on one Linux machine: an engine per host in namespaces of its own, a switch between
 * them, a registry. Used by the demo, the tests, and by hand (cli.ts).
 */
import { rmSync } from 'node:fs';
import { type Cgroups, cgroupDirectories, detectCgroups, removeCgroups } from './cgroup.ts';
import { dockerCli } from './docker-cli.ts';
import { engineAnswers } from './engine-api.ts';
import { killHostProcesses, startEngine } from './engine.ts';
import { run, type RunOptions, type RunResult } from './exec.ts';
import { importRootfs, publishImage } from './images.ts';
import { createHostNetwork, createSwitch, netnsOfLab, removeHostNetwork, removeNetwork, setCable } from './network.ts';
import { ensurePackages } from './packages.ts';
import { cgroupName, checkId, type HostPlan, labDirectory, type LabPlan, planLab, type PlanOptions } from './plan.ts';
import { killAll, netnsFile, processesInCgroups, processesInNetns } from './processes.ts';
import { startServices } from './services.ts';
import { claim, isBeingStarted, readState, writeState } from './state.ts';
import { unsupportedReason } from './support.ts';
import { formSwarm, type SwarmOptions } from './swarm.ts';

export { dockerCli } from './docker-cli.ts';
export type { RunOptions, RunResult } from './exec.ts';
export type { HostSize } from './plan.ts';
export { unsupportedReason } from './support.ts';

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
  /** Runs the docker CLI against a host's engine. @throws CommandError when it fails, unless `check` is false. */
  docker(host: string, args: string[], options?: RunOptions): Promise<RunResult>;
  /** Environment in which a docker CLI or library talks to a host's engine, apart from the user's own settings. */
  env(host: string): Record<string, string>;
  /** Pulls a host's network cable. */
  cut(host: string): Promise<void>;
  /** Plugs it in again. */
  heal(host: string): Promise<void>;
  /** A power loss: engine, containers and network of the host are gone at once; its disk stays. */
  kill(host: string): Promise<void>;
  /** Starts a host that was killed, with its cable in, and waits until its engine answers. */
  start(host: string): Promise<void>;
  /** Pushes an image of node1, or an archive made by `docker save`, to the lab's registry. Gives its full name. */
  publish(image: string, name?: string): Promise<string>;
  /** Pushes a root file system (tar: path or content) as an image. Gives its full name. */
  importRootfs(rootfs: string | Buffer, name: string, changes?: readonly string[]): Promise<string>;
  /** Runs a command in the network namespace of a host, or of the switch (`switch`, or `switchNetns`). */
  exec(where: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  down(): Promise<void>;
}

export interface UpOptions extends PlanOptions, SwarmOptions {
  /** Told what is going on, in lines. */
  log?: (line: string) => void;
  /** Form a swarm of the engines (default true). */
  swarm?: boolean;
}

/**
 * Brings a lab up: installs what is missing, makes the hosts, forms the swarm. Clears away what a killed `up` of this id
 * left first. On an error, and on Ctrl-C, nothing stays.
 *
 * @throws Error when this machine cannot have a lab, when one of this id is up already, or when a step fails.
 */
export async function up(options: UpOptions = {}): Promise<Lab> {
  const plan = planLab(options);
  const why = unsupportedReason();
  if (why !== undefined) throw new Error(why);
  const log = options.log ?? (() => undefined);
  await ensurePackages(log);
  await dockerCli(log);
  await takePossession(plan, log);
  return cleaningUpOnSignals(plan.id, async () => {
    try {
      const cgroups = detectCgroups();
      await createSwitch(plan);
      log(`starting ${plan.hosts.length} engines`);
      await Promise.all([startServices(plan), ...plan.hosts.map((host) => bootHost(plan, host, cgroups))]);
      if (options.swarm !== false) {
        log('forming the swarm');
        await formSwarm(plan, options);
      }
      writeState(plan, 'up');
      return open(plan);
    } catch (error) {
      await down(plan.id);
      throw error;
    }
  });
}

/**
 * A lab that is up already, brought up by this process or another.
 *
 * @throws Error when there is none of this id, or only the remains of one.
 */
export async function attach(id?: string): Promise<Lab> {
  const state = readState(id);
  if (state === undefined) throw new Error(`no lab '${checkId(id)}' here; bring it up first`);
  if (state.phase !== 'up') {
    throw new Error(`lab '${state.plan.id}' is ${isBeingStarted(state) ? 'still being brought up' : 'only half there: take it down and up again'}`);
  }
  if (!netnsOfLab(state.plan.id).includes(state.plan.switchNetns)) {
    throw new Error(`lab '${state.plan.id}' is gone (a restart of the machine?); bring it up again`);
  }
  return open(state.plan);
}

/**
 * Takes a lab down, or what is left of one: processes, namespaces, control groups, files. Goes by names alone, which
 * follow from the id, so that it needs nothing of what `up` may not have got to write.
 *
 * @throws Error naming what could not be removed.
 */
export async function down(id?: string): Promise<void> {
  const name = checkId(id);
  const cgroups = detectCgroups();
  await killAll(`lab '${name}'`, () => [
    ...processesInNetns(netnsOfLab(name)),
    ...processesInCgroups(cgroupDirectories(cgroups, cgroupName(name))),
  ]);
  await Promise.all([removeNetwork(name), removeCgroups(cgroups, cgroupName(name))]);
  rmSync(labDirectory(name), { recursive: true, force: true });
}

async function takePossession(plan: LabPlan, log: (line: string) => void): Promise<void> {
  const state = readState(plan.id);
  if (state !== undefined && isBeingStarted(state)) {
    throw new Error(`lab '${plan.id}' is just being brought up by process ${state.by.pid}; wait for it, or use another id`);
  }
  if (state?.phase === 'up' && netnsOfLab(plan.id).includes(state.plan.switchNetns)) {
    throw new Error(`lab '${plan.id}' is up already; take it down first, or use another id`);
  }
  if (state !== undefined || netnsOfLab(plan.id).length > 0) log(`clearing away what is left of lab '${plan.id}'`);
  await down(plan.id);
  if (!claim(plan)) throw new Error(`${plan.dir}: another process has just made it; wait for it, or use another id`);
}

async function bootHost(plan: LabPlan, host: HostPlan, cgroups: Cgroups): Promise<void> {
  await createHostNetwork(plan, host);
  await startEngine(plan, host, cgroups);
}

/** A signal would end this process with half a lab left; so it first takes that down, then takes effect. */
async function cleaningUpOnSignals<T>(id: string, work: () => Promise<T>): Promise<T> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals): void => {
    void down(id).finally(() => {
      for (const one of signals) process.off(one, onSignal);
      process.kill(process.pid, signal);
    });
  };
  for (const signal of signals) process.once(signal, onSignal);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

function open(plan: LabPlan): Lab {
  const host = (name: string): LabHost => {
    const found = plan.hosts.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no host '${name}' in lab '${plan.id}': there are ${plan.hosts.map((one) => one.name).join(', ')}`);
    return found;
  };
  const env = (name: string): Record<string, string> => ({ DOCKER_HOST: host(name).socket, DOCKER_CONFIG: `${plan.dir}/docker-config` });
  const docker = async (name: string, args: string[], options: RunOptions = {}): Promise<RunResult> =>
    run([await dockerCli(), ...args], { ...options, env: { ...FOREIGN_DOCKER, ...env(name), ...options.env } });
  const dockerOnFirst = (args: string[], options?: RunOptions): Promise<RunResult> => docker('node1', args, options);
  return {
    id: plan.id,
    hosts: plan.hosts,
    registry: plan.registry,
    dir: plan.dir,
    switchNetns: plan.switchNetns,
    host,
    docker,
    env,
    cut: (name) => setCable(plan, host(name), 'down'),
    heal: (name) => setCable(plan, host(name), 'up'),
    kill: async (name) => {
      // Cable first: a machine without power answers nothing, also not that a port is closed.
      await setCable(plan, host(name), 'down');
      await killHostProcesses(plan, host(name), detectCgroups());
    },
    start: async (name) => {
      if (await engineAnswers(host(name).socket)) throw new Error(`${name} is running already`);
      const cgroups = detectCgroups();
      await killHostProcesses(plan, host(name), cgroups);
      await removeHostNetwork(plan, host(name));
      await bootHost(plan, host(name), cgroups);
    },
    publish: (image, name) => publishImage(dockerOnFirst, plan.registry, image, name),
    importRootfs: (rootfs, name, changes) => importRootfs(dockerOnFirst, plan.registry, rootfs, name, changes),
    exec: (where, argv, options) => {
      const netns = ['switch', plan.switchNetns].includes(where) ? plan.switchNetns : (plan.hosts.find((one) => one.netns === where) ?? host(where)).netns;
      return run(['nsenter', `--net=${netnsFile(netns)}`, '--', ...argv], options);
    },
    down: () => down(plan.id),
  };
}

/** Settings that would lead a docker CLI to another engine than the one meant. */
const FOREIGN_DOCKER = { DOCKER_CONTEXT: undefined, DOCKER_TLS: undefined, DOCKER_TLS_VERIFY: undefined, DOCKER_CERT_PATH: undefined };
