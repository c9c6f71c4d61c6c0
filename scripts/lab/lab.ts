/**
 * A real multi-host Docker Swarm on one Linux machine: an engine per host in namespaces of its own, a switch between
 * them, a registry. Used by the demo, the tests, and by hand (cli.ts).
 */
import { detectCgroups } from './cgroup.ts';
import { dockerCli } from './docker-cli.ts';
import { dataDirectory, startEngine } from './engine.ts';
import { type Engine, obtainEngine } from './engine-programs.ts';
import { SYSTEM_ENGINE } from './engines.ts';
import { type Lab, openLab } from './handle.ts';
import { allOrNothing, together } from './interrupt.ts';
import { createHostNetwork, createSwitch } from './network.ts';
import { ensurePackages, missingPackages } from './packages.ts';
import { checkId, engineOf, type HostPlan, type LabPlan, oldestEngine, planLab, type PlanOptions } from './plan.ts';
import { plantSeed, seedFor } from './seed.ts';
import { startNameServer, startRegistry } from './services.ts';
import { claim, isBeingStarted, readState, writeState } from './state.ts';
import { unsupportedReason } from './support.ts';
import { formSwarm, type SwarmOptions } from './swarm.ts';
import { down, processesOfLab, remainsOf } from './teardown.ts';

export { dockerCli } from './docker-cli.ts';
export { CommandError, type RunOptions, type RunResult } from './exec.ts';
export type { Lab, LabHost } from './handle.ts';
export type { HostSize } from './plan.ts';
export { unreachableReason, unsupportedReason } from './support.ts';
export { down, remainsOf } from './teardown.ts';

export interface UpOptions extends PlanOptions, SwarmOptions {
  /** Told what is going on, in lines. */
  log?: (line: string) => void;
  /** Form a swarm of the engines (default true). */
  swarm?: boolean;
}

/**
 * Brings a lab up: installs what is missing, makes the hosts, forms the swarm. Clears away what a killed `up` of this
 * id left first. On an error, and on Ctrl-C, nothing stays.
 *
 * @throws Error when this machine cannot have a lab, when one of this id is up already, or when a step fails.
 */
export async function up(options: UpOptions = {}): Promise<Lab> {
  const plan = planLab(options);
  const names = [...new Set(plan.hosts.map((host) => host.engine))];
  const why = unsupportedReason(names);
  if (why !== undefined) throw new Error(why);
  const log = options.log ?? (() => undefined);
  let ours = false;
  return allOrNothing(
    async (abort) => {
      plan.engines = await obtainEngines(names, log, abort.signal);
      await dockerCli(oldestEngine(plan), log);
      await takePossession(plan, log);
      ours = true;
      await build(plan, options, log, abort);
      return openLab(plan);
    },
    async () => {
      if (ours) await down(plan.id);
    },
  );
}

/**
 * Engines by name, once what they and the lab's images need is installed and they are in the cache.
 *
 * @throws Error if one cannot be had here
 */
export async function obtainEngines(
  names: readonly string[],
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<Record<string, Engine>> {
  const kinds = { system: names.includes(SYSTEM_ENGINE), fetched: names.some((name) => name !== SYSTEM_ENGINE) };
  await ensurePackages(() => missingPackages(kinds), log, signal);
  const engines: Record<string, Engine> = {};
  for (const name of names) engines[name] = await obtainEngine(name, log);
  return engines;
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
    const how = isBeingStarted(state)
      ? 'is still being brought up; wait for it'
      : 'was never brought up fully; bring it up again';
    throw new Error(`lab '${state.plan.id}' ${how}`);
  }
  if (processesOfLab(state.plan.id).length === 0) {
    throw new Error(`lab '${state.plan.id}' is no longer running (a restart of the machine?); bring it up again`);
  }
  return openLab(state.plan);
}

/** Makes the lab's directory ours, once nothing is left of a lab that had it before. */
async function takePossession(plan: LabPlan, log: (line: string) => void): Promise<void> {
  const state = readState(plan.id);
  if (state !== undefined && isBeingStarted(state)) {
    throw new Error(
      `lab '${plan.id}' is just being brought up by process ${state.by.pid}; wait for it, or use another id`,
    );
  }
  if (state?.phase === 'up' && processesOfLab(plan.id).length > 0) {
    throw new Error(`lab '${plan.id}' is up already; take it down first, or use another id`);
  }
  // The state is written before anything is started: where it is missing, the lab is not a half-made one of here.
  if (state === undefined && processesOfLab(plan.id).length > 0) {
    throw new Error(
      `lab '${plan.id}' is running, but not from ${plan.dir}; set LAB_DIR as it was then, or take it down first`,
    );
  }
  if (remainsOf(plan.id).length > 0) {
    log(`clearing away what is left of lab '${plan.id}'`);
    await down(plan.id);
  }
  if (!claim(plan)) throw new Error(`${plan.dir}: another process has just made it; wait for it, or use another id`);
}

async function build(
  plan: LabPlan,
  options: UpOptions,
  log: (line: string) => void,
  abort: AbortController,
): Promise<void> {
  const cgroups = detectCgroups();
  await createSwitch(plan);
  const versions = [...new Set(Object.values(plan.engines).map(({ version }) => version))].join(', ');
  log(`starting ${plan.hosts.length} ${plan.hosts.length === 1 ? 'engine' : 'engines'} (${versions})`);
  await together(abort, [
    startRegistry(plan, abort.signal),
    startNameServer(plan, abort.signal),
    ...plan.hosts.map(async (host) => {
      await createHostNetwork(plan, host);
      await plant(plan, host, log);
      await startEngine(plan, host, cgroups, abort.signal);
    }),
  ]);
  if (options.swarm !== false) {
    log('forming the swarm');
    await formSwarm(plan, options, abort);
  }
  writeState(plan, 'up');
}

/** Gives an engine that was never started the layers of the seed of its version, unless containerd keeps its images. */
async function plant(plan: LabPlan, host: HostPlan, log: (line: string) => void): Promise<void> {
  const seed = host.imageStore === 'default' ? seedFor(engineOf(plan, host).version) : undefined;
  if (seed !== undefined) await plantSeed(seed, dataDirectory(plan, host), log);
}
