/**
 * What our stack documents say: every key of the compose file format 3.8 that `docker stack deploy` acts on. How each
 * is printed, planned and run without a swarm is in keys/table.ts; keys that it drops are in keys/dropped.ts.
 */

/** `${NAME:?hint}` in the file: the value is supplied from the deployer's environment. */
export interface FromEnvironment {
  fromEnvironment: string;
  hint: string;
}

export type EnvironmentValue = string | FromEnvironment;

export interface SecretMount {
  /** Key under the document's top-level `secrets`. */
  source: string;
  /** File name below /run/secrets (sub-directories allowed), or an absolute path. */
  target: string;
  uid?: string;
  gid?: string;
  /** Octal as a number, for example 0o444. */
  mode?: number;
}

/** As a secret; its `source` is a key under the top-level `configs`, its `target` an absolute path. */
export type ConfigMount = SecretMount;

export interface VolumeMount {
  type: 'volume' | 'bind';
  source: string;
  target: string;
  readOnly?: boolean;
  /** Of a volume: what the image has at the target is not copied into an empty volume. */
  noCopy?: boolean;
  /** Of a bind. */
  propagation?: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave';
}

/** Memory as a file system; a new one for each task. Its size is in bytes: a stack file takes no unit here. */
export interface TmpfsMount {
  target: string;
  sizeBytes?: number;
}

export interface PortMapping {
  target: number;
  published: number;
  protocol?: 'tcp' | 'udp';
  mode: 'host' | 'ingress';
}

/**
 * Durations are strings as Go's time.ParseDuration reads them: `10s`, `24h0m0s`. A test of `['NONE']` turns off what
 * the image has; the times do not count then.
 */
export interface HealthCheck {
  test: string[];
  interval: string;
  timeout: string;
  retries: number;
  startPeriod?: string;
}

export interface UpdatePolicy {
  parallelism: number;
  delay?: string;
  failureAction: 'pause' | 'continue' | 'rollback';
  monitor: string;
  /** Share of tasks that may fail, 0 to 1. */
  maxFailureRatio?: number;
  order: 'stop-first' | 'start-first';
}

/** A rollback does not roll back. */
export type RollbackPolicy = Omit<UpdatePolicy, 'failureAction'> & { failureAction: 'pause' | 'continue' };

/** Of Windows containers: a config of this document, a file on the node, or a value of its registry. */
export type CredentialSpec = { config: string } | { file: string } | { registry: string };

export interface ResourceAmounts {
  cpus?: string;
  memory?: string;
}

/** `replicated` if there is none; a job's tasks run once, and again if the job changes. */
export type ServiceMode = 'replicated' | 'global' | 'replicated-job' | 'global-job';

export interface ComposeService {
  image: string;
  hostname?: string;
  /** `name`, `uid` or `uid:gid`. */
  user?: string;
  workingDir?: string;
  init?: boolean;
  tty?: boolean;
  stdinOpen?: boolean;
  /** The root file system is read-only. */
  readOnly?: boolean;
  /** Of Windows: `process`, `hyperv`; `default` everywhere. */
  isolation?: string;
  credentialSpec?: CredentialSpec;
  /** In place of the image’s own, whose CMD then does not count either. */
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, EnvironmentValue>;
  /** Network key to the aliases of this service on it. */
  networks: Record<string, { aliases: string[] }>;
  /** Addresses of name servers. */
  dns?: string[];
  dnsSearch?: string[];
  /** Names for /etc/hosts, with their address. */
  extraHosts?: Record<string, string>;
  secrets?: SecretMount[];
  configs?: ConfigMount[];
  volumes?: VolumeMount[];
  /** Printed as volumes of type tmpfs: `docker stack deploy` drops the key `tmpfs` of a service. */
  tmpfs?: TmpfsMount[];
  ports?: PortMapping[];
  healthcheck?: HealthCheck;
  stopSignal?: string;
  stopGracePeriod: string;
  logging: { driver: string; options: Record<string, string> };
  /** Of its containers; those of the service are below `deploy`. */
  labels?: Record<string, string>;
  capAdd?: string[];
  capDrop?: string[];
  sysctls?: Record<string, string>;
  ulimits?: Record<string, number | { soft: number; hard: number }>;
  deploy: {
    mode?: ServiceMode;
    endpointMode: 'dnsrr' | 'vip';
    /** Of a replicated service; of a replicated job how many tasks must complete. Absent for the global modes. */
    replicas?: number;
    labels?: Record<string, string>;
    constraints: string[];
    /** What tasks are spread over: `node.labels.zone`. */
    spread?: string[];
    maxReplicasPerNode?: number;
    restart: { condition: 'any' | 'on-failure' | 'none'; delay: string; maxAttempts?: number; window?: string };
    /** A job has none: its tasks are not replaced, it runs again. */
    update?: UpdatePolicy;
    rollback?: RollbackPolicy;
    resources?: {
      limits?: ResourceAmounts;
      /** `generic`: name to number, of what nodes advertise. */
      reservations?: ResourceAmounts & { generic?: Record<string, number> };
    };
  };
}

export interface OverlayNetwork {
  driver: 'overlay';
  attachable?: boolean;
  /** Nothing on it reaches hosts outside. */
  internal?: boolean;
  driverOpts?: Record<string, string>;
  /** IPv4, in CIDR notation; swarm takes one from its pool if it is absent. */
  subnet?: string;
  labels?: Record<string, string>;
}

/** A network of another stack of the swarm, which that stack makes and removes. */
export interface JoinedNetwork {
  /** The swarm's name: `store_backend`. */
  joined: string;
}

export type StackNetwork = OverlayNetwork | JoinedNetwork;

/** A named volume; each node that runs a task with it has one of its own. */
export interface StackVolume {
  /** `local` if it is left out. */
  driver?: string;
  driverOpts?: Record<string, string>;
  labels?: Record<string, string>;
}

export interface StackDocument {
  services: Record<string, ComposeService>;
  networks: Record<string, StackNetwork>;
  volumes: Record<string, StackVolume>;
  /** Key to the swarm's versioned name: always external. */
  secrets: Record<string, { name: string }>;
  /** The same for configs. Who deploys by hand makes them first. */
  configs?: Record<string, { name: string }>;
}

/**
 * Comments of the rendered file, by path: `services.web`, `services.web.environment.NAME`, `networks.default`. A path
 * segment never contains a dot.
 */
export type Comments = Record<string, string>;

export interface CommentedDocument {
  document: StackDocument;
  /** Lines at the head of the file. */
  heading: string[];
  comments: Comments;
}
