/**
 * The part of the compose file format 3.8 that our stack documents use: only keys that `docker stack deploy`
 * acts on (never one of its ignored, deprecated or silently dropped keys).
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

export interface VolumeMount {
  type: 'volume' | 'bind';
  source: string;
  target: string;
  readOnly?: boolean;
}

export interface PortMapping {
  target: number;
  published: number;
  protocol?: 'tcp' | 'udp';
  mode: 'host' | 'ingress';
}

/** Durations are strings as Go's time.ParseDuration reads them: `10s`, `24h0m0s`. */
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
  order: 'stop-first' | 'start-first';
}

export interface ComposeService {
  image: string;
  hostname?: string;
  /** In place of the image’s own, whose CMD then does not count either. */
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, EnvironmentValue>;
  /** Network key to the aliases of this service on it. */
  networks: Record<string, { aliases: string[] }>;
  secrets?: SecretMount[];
  volumes?: VolumeMount[];
  ports?: PortMapping[];
  healthcheck?: HealthCheck;
  init?: boolean;
  stopGracePeriod: string;
  logging: { driver: string; options: Record<string, string> };
  deploy: {
    endpointMode: 'dnsrr' | 'vip';
    replicas: number;
    constraints: string[];
    restart: { condition: 'any' | 'on-failure' | 'none'; delay: string; maxAttempts?: number; window?: string };
    update: UpdatePolicy;
    resources?: { limits?: { cpus?: string; memory?: string }; reservations?: { cpus?: string; memory?: string } };
  };
}

export interface OverlayNetwork {
  driver: 'overlay';
  attachable?: boolean;
  driverOpts?: Record<string, string>;
  /** IPv4, in CIDR notation; swarm takes one from its pool where it is absent. */
  subnet?: string;
  labels?: Record<string, string>;
}

export interface StackDocument {
  services: Record<string, ComposeService>;
  networks: Record<string, OverlayNetwork>;
  volumes: Record<string, { labels?: Record<string, string> }>;
  /** Key to the swarm's versioned name: always external. */
  secrets: Record<string, { name: string }>;
}

/**
 * Comments of the rendered file, by path: `services.web`, `services.web.environment.NAME`, `networks.default`. A path segment never contains a dot.
 */
export type Comments = Record<string, string>;

export interface CommentedDocument {
  document: StackDocument;
  /** Lines at the head of the file. */
  heading: string[];
  comments: Comments;
}
