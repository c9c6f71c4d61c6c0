/**
 * The Docker engine in our own words. Commands, checks, steps and verification know only this file;
 * dockerode and the docker CLI are behind it (docker.ts, cli.ts). Tests may implement it by hand.
 */

import type {
  Container,
  ContainerJobSpec,
  StackDeployOptions,
  EngineAddress,
  EngineInfo,
  ImageInRegistry,
  JobSpec,
  LocalImage,
  LogFrame,
  LogOptions,
  RegistryLogin,
  LocalVolume,
  StackObject,
  SwarmConfig,
  SwarmNetwork,
  SwarmNode,
  SwarmSecret,
  SwarmService,
  SwarmTask,
  SwarmTrust,
} from './types.ts';

export type * from './types.ts';
export { STACK_IMAGE, STACK_NAMESPACE } from './stack-labels.ts';
export { isEngineTrouble, overNewConnection } from './trouble.ts';
export { MAJORITY_HINT } from './majority.ts';
export { isUnheard } from './node-states.ts';
export { endedUnasked, hasEnded, hasFailed } from './task-states.ts';
export { unlessGone } from './unless-gone.ts';

/**
 * Every method throws BundleError with code `engine-unreachable`, `engine-not-manager`, `engine-conflict`,
 * `engine-not-found` or `engine-error`; messages carry the engine's own words.
 */
export interface Engine {
  readonly address: EngineAddress;
  /**
   * `ofSwarm` reads again for up to ten seconds while the engine's swarm has no leader, or the engine has not joined it
   * again since its start: by then it does not say all of it.
   */
  info(options?: { ofSwarm?: boolean }): Promise<EngineInfo>;
  /**
   * `heardOf` reads again for up to ten seconds while the swarm has not heard of a node since its managers elected a
   * leader.
   */
  nodes(options?: { heardOf?: boolean }): Promise<SwarmNode[]>;
  swarmTrust(): Promise<SwarmTrust>;
  /** Adds and removes labels of one node; "update out of sequence" is retried. Other labels stay as they are. */
  updateNodeLabels(nodeId: string, change: { add?: Record<string, string>; remove?: string[] }): Promise<void>;
  /** Services of one stack, or all services of the swarm. */
  services(filter?: { stack?: string }): Promise<SwarmService[]>;
  removeService(id: string): Promise<void>;
  /**
   * Makes new tasks of a service in place of its tasks, by its update policy and with its spec otherwise as it is
   * (`docker service update --force`); "update out of sequence" is retried, as the swarm itself writes to a service
   * that was deployed a moment ago.
   */
  replaceTasks(service: Pick<SwarmService, 'id' | 'name'>): Promise<void>;
  /**
   * Takes an update up again that the swarm paused: its spec is written once more as it is, so that tasks of the former
   * one are replaced (`docker service update NAME`). Throws `engine-conflict` if it was written since it was read.
   */
  resumeUpdate(service: Pick<SwarmService, 'id' | 'name' | 'version' | 'spec'>): Promise<void>;
  /**
   * Makes a job whose tasks are not tried again, as a service that `removeService` takes away; gives its id. It bears
   * the given labels only, so that nothing takes it for a service of a stack.
   */
  createJob(job: JobSpec): Promise<string>;
  /**
   * Services of `createJob`, of this build or one before: those that bear the labels `bundle.stack=<stack>` and
   * `bundle.kind`.
   */
  jobs(filter: { stack: string }): Promise<StackObject[]>;
  /**
   * Tasks, newest first. `upToDate` uses the engine's `_up-to-date` filter (newest service version only; it also
   * returns that version's failed history). `stack` also finds tasks whose service is gone, by the label in their own
   * spec. `wanted` leaves out those that the swarm stops, or has stopped: of many services that is most.
   */
  tasks(filter?: { stack?: string; serviceId?: string; upToDate?: boolean; wanted?: boolean }): Promise<SwarmTask[]>;
  taskLogs(taskId: string, options?: LogOptions): AsyncIterable<LogFrame>;
  /** Secrets bearing the label `bundle.stack=<stack>`, or those with exactly these names. */
  secrets(filter: { stack: string } | { names: string[] }): Promise<SwarmSecret[]>;
  createSecret(secret: { name: string; labels: Record<string, string>; data: Uint8Array }): Promise<string>;
  /** Replaces a secret's labels (its data is immutable). */
  updateSecretLabels(id: string, labels: Record<string, string>): Promise<void>;
  removeSecret(id: string): Promise<void>;
  /** Networks of one stack, or all: those of the swarm and the local ones of the engine we talk to. */
  networks(filter?: { stack: string }): Promise<SwarmNetwork[]>;
  /** Makes an overlay network that only services of the swarm join; it bears the given labels only. Gives its id. */
  createNetwork(network: {
    name: string;
    labels: Record<string, string>;
    options: Record<string, string>;
  }): Promise<string>;
  removeNetwork(id: string): Promise<void>;
  /**
   * Configs of `docker stack deploy` under that name, or those bearing `bundle.stack=<owner>` and, if given,
   * `bundle.kind`, or those of that kind whoever owns them.
   */
  configs(filter: { stack: string } | { owner: string; kind?: string } | { kind: string }): Promise<SwarmConfig[]>;
  /** Atomic: throws `engine-conflict` if the name is taken. Returns the id. */
  createConfig(config: { name: string; labels: Record<string, string>; data: Uint8Array }): Promise<string>;
  /** Replaces a config's labels; throws `engine-conflict` if it was written since `version` was read. */
  updateConfigLabels(config: SwarmConfig, labels: Record<string, string>): Promise<void>;
  removeConfig(id: string): Promise<void>;
  /**
   * Volumes that bear the stack's label, or all of them, on the engine we talk to; other nodes' volumes cannot be seen.
   * Those that were made by hand bear none.
   */
  localVolumes(filter: { stack?: string }): Promise<LocalVolume[]>;
  removeLocalVolume(name: string): Promise<void>;
  /**
   * Removes containers of the stack's tasks on the engine we talk to that do not run: an engine that was killed may
   * keep some that the swarm no longer knows of. They hold their volumes, of which those without a name go with them.
   * Call it when no task of the stack is left.
   */
  removeLocalContainers(filter: { stack: string }): Promise<void>;
  /** Containers on the engine we talk to that bear the label `bundle.stack=<stack>`, ended ones too. */
  containers(filter: { stack: string }): Promise<Container[]>;
  /** Like `taskLogs`, of a container on the engine we talk to. */
  containerLogs(id: string, options?: LogOptions): AsyncIterable<LogFrame>;
  /** Makes and starts it, and pulls its image if that is not there; gives its id. */
  startContainerJob(job: ContainerJobSpec): Promise<string>;
  /** Running or not, with the volumes that have no name. */
  removeContainer(id: string): Promise<void>;
  /** Kills a container on the engine we talk to. False if this engine has no such container. */
  killLocalContainer(id: string): Promise<boolean>;
  /** Asks the registry through the engine; throws with the registry's own words. */
  imageInRegistry(image: string): Promise<ImageInRegistry>;
  /**
   * Looks for the log-in of each image's registry as the docker CLI will, asking each helper once; one answer a
   * registry. Never throws.
   */
  findLogins(images: readonly string[]): Promise<RegistryLogin[]>;
  /**
   * The version of the docker CLI that `deployStack` runs, once it has reached this engine. Throws
   * `docker-cli-missing`, `docker-cli-too-old`, `docker-cli-refused`.
   */
  tryDockerCli(): Promise<string>;
  /** An image as the engine we talk to holds it; undefined if it does not. Nothing is pulled. */
  localImage(image: string): Promise<LocalImage | undefined>;
  /** References, with their tags, of all images that it holds, the one that was made last first. */
  localImages(): Promise<string[]>;
  /**
   * `docker stack deploy -c - NAME`; tried again if it meets another deployment, or what is left of a stack that was
   * removed a moment ago; throws with what the CLI printed.
   */
  deployStack(name: string, document: string, options?: StackDeployOptions): Promise<void>;
  /** Frees sockets. */
  close(): Promise<void>;
}

/** What it takes to look at running tasks, and to run jobs beside them. */
export type TaskEngine = Pick<
  Engine,
  'address' | 'info' | 'nodes' | 'services' | 'tasks' | 'taskLogs' | 'networks' | 'createJob' | 'jobs' | 'removeService'
>;
