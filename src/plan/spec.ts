import type { SwarmService } from '../engine/port.ts';

/**
 * ServiceSpec of the Engine API (1.41) as far as `docker stack deploy` fills it for our documents, in the API's own
 * field names. Durations are nanoseconds, sizes bytes. Everything may be absent or null: the engine leaves out zeroes.
 */
export interface ServiceSpec {
  Name?: string;
  Labels?: Record<string, string> | null;
  TaskTemplate?: TaskSpec;
  Mode?: { Replicated?: { Replicas?: number } | null; [other: string]: unknown };
  UpdateConfig?: UpdateConfig | null;
  RollbackConfig?: UpdateConfig | null;
  EndpointSpec?: { Mode?: string; Ports?: PortConfig[] | null } | null;
}

export interface TaskSpec {
  ContainerSpec?: ContainerSpec;
  LogDriver?: { Name?: string; Options?: Record<string, string> | null } | null;
  Resources?: { Limits?: Amounts | null; Reservations?: Amounts | null } | null;
  RestartPolicy?: {
    Condition?: string;
    Delay?: number | null;
    MaxAttempts?: number | null;
    Window?: number | null;
  } | null;
  Placement?: { Constraints?: string[] | null } | null;
  Networks?: NetworkAttachment[] | null;
}

export interface ContainerSpec {
  Image?: string;
  Labels?: Record<string, string> | null;
  /** Takes the place of the image’s entrypoint. */
  Command?: string[] | null;
  Args?: string[] | null;
  Hostname?: string;
  Env?: string[] | null;
  Mounts?: Mount[] | null;
  StopGracePeriod?: number | null;
  Healthcheck?: Health | null;
  Secrets?: SecretReference[] | null;
  Init?: boolean | null;
}

export interface Health {
  Test?: string[] | null;
  Interval?: number;
  Timeout?: number;
  Retries?: number;
  StartPeriod?: number;
}

export interface Mount {
  Type?: string;
  Source?: string;
  Target?: string;
  ReadOnly?: boolean;
  VolumeOptions?: { Labels?: Record<string, string> | null } | null;
}

export interface SecretReference {
  File?: { Name?: string; UID?: string; GID?: string; Mode?: number } | null;
  SecretID?: string;
  SecretName?: string;
}

export interface NetworkAttachment {
  /** A name in a desired specification, an id in a live one. */
  Target?: string;
  Aliases?: string[] | null;
  DriverOpts?: Record<string, string> | null;
}

export interface Amounts {
  NanoCPUs?: number;
  MemoryBytes?: number;
}

export interface PortConfig {
  Protocol?: string;
  TargetPort?: number;
  PublishedPort?: number;
  PublishMode?: string;
}

export interface UpdateConfig {
  Parallelism?: number;
  Delay?: number;
  FailureAction?: string;
  Monitor?: number;
  MaxFailureRatio?: number;
  Order?: string;
}

/** Labels that `docker stack deploy` puts on what it makes. */
export const STACK_NAMESPACE = 'com.docker.stack.namespace';
export const STACK_IMAGE = 'com.docker.stack.image';

/** The services that were deployed under a stack's name. */
export function ownServices(stack: string, services: readonly SwarmService[]): SwarmService[] {
  return services.filter((service) => service.labels[STACK_NAMESPACE] === stack);
}

/** A service's key in the document, from its name on the swarm. */
export function shortName(stack: string, name: string): string {
  return name.startsWith(`${stack}_`) ? name.slice(stack.length + 1) : name;
}
