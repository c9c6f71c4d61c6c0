/** What the engine tells of a swarm, and what it is given, in our own words; port.ts hands it on. */

/** Where the engine is and who said so. The docker CLI child is given the same place. */
export interface EngineAddress {
  /** unix:///…, tcp://host:port, ssh://user@host */
  readonly url: string;
  /** What decided it, for messages: `--context prod`, `DOCKER_HOST`, `current context "x"`, `default`. */
  readonly source: string;
}

export interface EngineInfo {
  /** Engine version, for example 20.10.24. */
  version: string;
  /** Highest API version the engine speaks, for example 1.41. */
  apiVersion: string;
  hostname: string;
  /** The engine's own clock when it was asked, ISO 8601. */
  systemTime: string;
  swarm: {
    state: 'inactive' | 'pending' | 'active' | 'locked' | 'error';
    /** True if this engine is a swarm manager that can answer (control available). */
    manager: boolean;
    nodeId: string;
    /** Swarm cluster id, only on a manager; absent, as what follows, while the swarm has no leader. */
    clusterId?: string;
    /** Manager autolock, only on a manager. */
    autolock?: boolean;
    /** How many tasks of each slot it keeps, the one that runs included; negative: all. Only on a manager. */
    taskHistory?: number;
    managers?: number;
    /**
     * Where swarm takes the subnets of networks that name none: CIDR ranges, and the prefix length of one subnet; only
     * on a manager.
     */
    addressPool?: { ranges: string[]; prefix: number };
    error?: string;
  };
}

export interface SwarmNode {
  id: string;
  hostname: string;
  role: 'manager' | 'worker';
  leader: boolean;
  /**
   * Counted by the managers among themselves: also one that is down, and not one that `--force-new-cluster` took out,
   * whose role stays manager.
   */
  votes: boolean;
  availability: 'active' | 'pause' | 'drain';
  state: 'ready' | 'down' | 'unknown' | 'disconnected';
  address: string;
  /** `host:port` at which a manager listens to the other nodes; absent for a worker. */
  managerAddress?: string;
  cpus: number;
  memoryBytes: number;
  os: string;
  arch: string;
  engineVersion: string;
  labels: Record<string, string>;
  engineLabels: Record<string, string>;
  /**
   * When the managers last wrote to it: its engine joined, another manager became the leader, or somebody changed it.
   */
  updatedAt?: string;
}

/** The swarm's own certificate authority. */
export interface SwarmTrust {
  /** Root certificates, PEM: two while the root is being replaced. */
  roots: string[];
}

export interface SwarmSecret {
  id: string;
  name: string;
  labels: Record<string, string>;
  /** ISO 8601. */
  createdAt: string;
}

export interface MountedSecret {
  id: string;
  /** The swarm's name of the secret, with its version. */
  name: string;
  /** File name below /run/secrets, or an absolute path. */
  target: string;
}

export interface PublishedPort {
  protocol: 'tcp' | 'udp' | 'sctp';
  target: number;
  /** 0 if the engine chooses. */
  published: number;
  mode: 'ingress' | 'host';
}

/** A service as the Engine API gives it: `spec` keeps the API's own field names, for comparison. */
export interface SwarmService {
  id: string;
  name: string;
  /** Version index of the last write to the service. */
  version: number;
  createdAt: string;
  updatedAt: string;
  labels: Record<string, string>;
  /** 'replicated' with its count, 'global', or a job mode. */
  mode: { kind: 'replicated' | 'global' | 'replicated-job' | 'global-job'; replicas: number };
  /** TTY services write unframed logs. */
  tty: boolean;
  stopGraceSeconds: number;
  updateMonitorSeconds: number;
  ports: PublishedPort[];
  /** Of a job: which run of it is the newest. */
  jobIteration?: number;
  updateStatus?: { state: string; message: string; startedAt?: string; completedAt?: string };
  /** ServiceSpec of the Engine API (1.41), untouched. */
  spec: Record<string, unknown>;
  /** The one before the last update, likewise; absent if there was none. */
  previousSpec?: Record<string, unknown>;
}

export type TaskState =
  | 'new'
  | 'allocated'
  | 'pending'
  | 'assigned'
  | 'accepted'
  | 'preparing'
  | 'ready'
  | 'starting'
  | 'running'
  | 'complete'
  | 'shutdown'
  | 'failed'
  | 'rejected'
  | 'remove'
  | 'orphaned';

export interface SwarmTask {
  id: string;
  serviceId: string;
  /** 1…n for replicated services; absent for global ones (then nodeId is the identity). */
  slot?: number;
  /** Empty while the task has no node. */
  nodeId: string;
  desiredState: TaskState;
  state: TaskState;
  /** Of a job: the run that it belongs to. */
  jobIteration?: number;
  /** When `state` was entered, ISO 8601. */
  stateAt: string;
  createdAt: string;
  /**
   * When the swarm last wrote it down, by its leader's clock, while `stateAt` is by that of the task's node; ISO 8601.
   */
  updatedAt?: string;
  /** Status.Message and Status.Err of the API. */
  message: string;
  error: string;
  exitCode?: number;
  containerId?: string;
  image: string;
  secrets: MountedSecret[];
  /** Host-mode ports that its node opened for it; absent before it runs. */
  hostPorts?: PublishedPort[];
  /** On the swarm's networks, by the network's id, without a prefix length; absent if it has none. */
  addresses?: Record<string, string>;
  /**
   * TaskSpec of the Engine API, untouched: two tasks of one service differ in it when the service changed in between.
   */
  spec: Record<string, unknown>;
}

export interface LogFrame {
  /** 'system' is the engine's own word: "could not read", for example when the node is away. */
  stream: 'stdout' | 'stderr' | 'system';
  data: Buffer;
}

export interface LogOptions {
  follow?: boolean;
  /** Last n lines; all when absent. */
  tail?: number;
  /** What was written at this time or later, RFC 3339; of the last `tail` lines, if both are given. */
  since?: string;
  /** Prefix every line with its RFC 3339 time. */
  timestamps?: boolean;
  /** Aborting ends the iteration quietly. */
  signal?: AbortSignal;
  tty?: boolean;
}

export interface ImageInRegistry {
  digest: string;
  /** What it runs on, in the registry's words; empty if the registry does not say. */
  platforms: { os: string; architecture: string }[];
}

/** What is known of the log-in for one registry; never the log-in itself. */
export interface RegistryLogin {
  /** As the docker CLI's config.json names it. */
  registry: string;
  known: boolean;
  /** The docker CLI that deploys finds one too, and can send it with the services. */
  sent: boolean;
  /** Where it was looked for: DOCKER_AUTH_CONFIG, config.json, or a helper's program. */
  source: string;
  /** Why it could not be looked for there, or why the docker CLI does not. */
  trouble?: string;
}

/** An image that an engine holds. */
export interface LocalImage {
  /** In the registry of its reference; absent if it never was there. */
  digest?: string;
  entrypoint: string[];
  cmd: string[];
  /** Directories that it declares as volumes. */
  volumes: string[];
  /** NAME=value */
  env: string[];
}

export interface StackObject {
  id: string;
  name: string;
  labels: Record<string, string>;
}

export interface LocalVolume extends StackObject {
  /** By its node's clock, RFC 3339; absent if its driver does not tell. */
  createdAt?: string;
}

export interface SwarmNetwork extends StackObject {
  /** overlay, if `docker stack deploy` made it. */
  driver: string;
  attachable: boolean;
  /** Nothing on it reaches hosts outside. */
  internal: boolean;
  /** Of the driver, those included that the engine sets itself. */
  options: Record<string, string>;
  /** In CIDR notation; none if the driver has none (host). */
  subnets: string[];
}

export interface SwarmConfig extends StackObject {
  /** Version index of the last write: what `updateConfigLabels` must name. */
  version: number;
  /** ISO 8601, by the clock of the swarm's leader of then. */
  createdAt: string;
  /** When it was last written, ISO 8601, by the clock of the swarm's leader. */
  updatedAt: string;
  data: Buffer;
}

/** A command that runs once in the swarm, or once on each node. */
export interface JobSpec {
  /** Of the service; unique in the swarm. */
  name: string;
  labels: Record<string, string>;
  image: string;
  /** In place of the image's entrypoint and command. */
  command: string[];
  /** Ids of the swarm's networks it is attached to; `host` is the node's own. */
  networks: string[];
  constraints: string[];
  /** One task on each node that the constraints allow, instead of one in all. */
  eachNode?: boolean;
  /** Host directories, for reading. A node that has not got one rejects the task. */
  binds?: { source: string; target: string }[];
  /** Volumes, for reading; one that is not there yet is made with these, as a service would make it. */
  volumes?: {
    source: string;
    target: string;
    labels: Record<string, string>;
    driver?: { name: string; options: Record<string, string> };
  }[];
  /** Readable by all in the container: the user of the image is unknown. */
  secrets: MountedSecret[];
}

/** A container on the engine we talk to, whoever made it. */
export interface Container {
  id: string;
  name: string;
  labels: Record<string, string>;
  image: string;
  /** ISO 8601. */
  createdAt: string;
  /** Of its newest start, ISO 8601. */
  startedAt: string;
  /** When a run of it ended last, ISO 8601: the one before this, or this one if it does not run. Absent if none has. */
  finishedAt?: string;
  /**
   * How often its engine started it again because it had ended; `docker start` and a restart of the engine set it to 0
   * (moby: daemon/start.go, containerStart with resetRestartManager).
   */
  restarts: number;
  status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** Absent if it has no health check. */
  health?: 'starting' | 'healthy' | 'unhealthy';
  exitCode: number;
  /** Why it could not be started, in the engine's words. */
  error: string;
  tty: boolean;
  /** NAME=value */
  env: string[];
  logDriver: { name: string; options: Record<string, string> };
  /** `host`, or the network that it was run with. */
  network: string;
  /** On that network; empty with host networking, and if it does not run. */
  address: string;
  /** name:address, given to it beside what its network resolves. */
  extraHosts: string[];
  /** Opened for it on the host; with host networking none is known. */
  ports: PublishedPort[];
  mounts: { type: string; source: string; target: string }[];
}

/** A command that runs once in a container of its own. */
export interface ContainerJobSpec extends Pick<JobSpec, 'name' | 'labels' | 'image' | 'command'> {
  network: string;
  extraHosts: string[];
  /** Files of the engine's host, read only. */
  files: { source: string; target: string }[];
}

export interface StackDeployOptions {
  /**
   * `always` (docker's default) asks the registry what a tag means; `changed` only for services whose image is another
   * one in the document than at the last deployment, so that a tag that moved meanwhile restarts no other.
   */
  resolveImage?: 'always' | 'changed';
  /**
   * The log-in of this machine for each image's registry takes the place of the one that the service keeps, an empty
   * one if there is none here; else each service keeps what it has.
   */
  sendsLogin?: boolean;
  /** Values for `${NAME:?…}` in the document; handed by environment to the child only. */
  env?: Record<string, string>;
  signal?: AbortSignal;
  /** Each line the docker CLI prints. */
  onLine?: (line: string) => void;
}
