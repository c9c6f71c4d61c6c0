import * as z from 'zod';

/** What an image runs on; an empty word means any. */
export interface Platform {
  os: string;
  architecture: string;
}

/** What the scheduler looks at in a service's specification. */
export interface Requirements {
  /** A job is one of these too, as long as it runs. */
  mode: 'replicated' | 'global';
  /** Its tasks end: once they have, they take no place. */
  job: boolean;
  /** Zero for a global service: its nodes decide. */
  replicas: number;
  constraints: readonly string[];
  /** Empty if any platform will do, or none is known. */
  platforms: readonly Platform[];
  /** Zero if there is no limit; one for a global service, whatever it says. */
  maxReplicasPerNode: number;
  nanoCpus: number;
  memoryBytes: number;
  /** `8080/tcp`, host mode only: these are taken on the node. */
  hostPorts: readonly string[];
  /** How many tasks an update starts beside the old ones; zero if it stops them first. */
  startsFirst: number;
}

const amount = z.number().nullish();
const Reservations = z.object({ NanoCPUs: amount, MemoryBytes: amount }).nullish();

/** The keys of the Engine API's ServiceSpec; Go leaves out zeroes, or writes null. */
const Spec = z.object({
  Mode: z
    .object({
      Global: z.looseObject({}).nullish(),
      GlobalJob: z.looseObject({}).nullish(),
      Replicated: z.object({ Replicas: amount }).nullish(),
      ReplicatedJob: z.object({ MaxConcurrent: z.number().nullish() }).nullish(),
    })
    .nullish(),
  TaskTemplate: z
    .object({
      Resources: z.object({ Reservations }).nullish(),
      Placement: z
        .object({
          Constraints: z.array(z.string()).nullish(),
          MaxReplicas: amount,
          Platforms: z.array(z.object({ OS: z.string().nullish(), Architecture: z.string().nullish() })).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  UpdateConfig: z.object({ Parallelism: amount, Order: z.string().nullish() }).nullish(),
  EndpointSpec: z
    .object({
      Ports: z
        .array(
          z.object({
            Protocol: z.string().default('tcp'),
            PublishedPort: amount,
            PublishMode: z.string().default('ingress'),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

/**
 * Reads a ServiceSpec of the Engine API, desired or live.
 * @param platforms of the image, if the spec does not say: the docker CLI asks the registry and writes them into it
 */
export function requirementsOf(spec: object, platforms: readonly Platform[] = []): Requirements {
  const { Mode, TaskTemplate, UpdateConfig, EndpointSpec } = Spec.parse(spec);
  const placement = TaskTemplate?.Placement;
  const replicated = Mode?.Replicated ? (Mode.Replicated.Replicas ?? 0) : 1;
  const said = (placement?.Platforms ?? []).map(({ OS, Architecture }) => ({
    os: OS ?? '',
    architecture: Architecture ?? '',
  }));
  const perNode = Boolean(Mode?.Global ?? Mode?.GlobalJob);
  return {
    mode: perNode ? 'global' : 'replicated',
    job: Boolean(Mode?.ReplicatedJob ?? Mode?.GlobalJob),
    replicas: perNode ? 0 : (Mode?.ReplicatedJob?.MaxConcurrent ?? replicated),
    constraints: placement?.Constraints ?? [],
    platforms: said.length > 0 ? said : platforms,
    maxReplicasPerNode: perNode ? 1 : (placement?.MaxReplicas ?? 0),
    nanoCpus: TaskTemplate?.Resources?.Reservations?.NanoCPUs ?? 0,
    memoryBytes: TaskTemplate?.Resources?.Reservations?.MemoryBytes ?? 0,
    hostPorts: (EndpointSpec?.Ports ?? [])
      .filter((port) => port.PublishMode === 'host' && Boolean(port.PublishedPort))
      .map((port) => `${port.PublishedPort ?? 0}/${port.Protocol}`),
    // Parallelism zero is all at once.
    startsFirst: UpdateConfig?.Order === 'start-first' ? UpdateConfig.Parallelism || Number.POSITIVE_INFINITY : 0,
  };
}

const TaskReservations = z.object({ Resources: z.object({ Reservations }).nullish() });

/**
 * The platforms that the docker client writes into a specification, from what the registry says of the image: any
 * architecture for `arm`, since nodes call theirs `armv7l` and the like (moby/moby: client/service_create.go,
 * imageDigestAndPlatforms).
 */
export function schedulerPlatforms(said: readonly Platform[]): Platform[] {
  return said.map(({ os, architecture }) => ({
    os,
    architecture: architecture.toLowerCase() === 'arm' ? '' : architecture,
  }));
}

/** What a TaskSpec of the Engine API reserves: a task keeps what it was made with, whatever its service says now. */
export function reservationsOf(taskSpec: object): { nanoCpus: number; memoryBytes: number } {
  const reserved = TaskReservations.parse(taskSpec).Resources?.Reservations;
  return { nanoCpus: reserved?.NanoCPUs ?? 0, memoryBytes: reserved?.MemoryBytes ?? 0 };
}

/** The image of a ServiceSpec as it is written there; empty if there is none. */
export function imageOf(spec: object): string {
  const { TaskTemplate } = spec as { TaskTemplate?: { ContainerSpec?: { Image?: string } | null } | null };
  return TaskTemplate?.ContainerSpec?.Image ?? '';
}
