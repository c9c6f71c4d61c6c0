/**
 * ServiceSpec of the Engine API (1.41) as far as `docker stack deploy` fills it for our documents, in the API's own
 * field names. Durations are nanoseconds, sizes bytes. Everything may be absent or null: the engine leaves out zeroes.
 */
export interface ServiceSpec {
  Name?: string;
  Labels?: Record<string, string> | null;
  TaskTemplate?: TaskSpec;
  Mode?: {
    Replicated?: { Replicas?: number } | null;
    Global?: object | null;
    ReplicatedJob?: { MaxConcurrent?: number; TotalCompletions?: number } | null;
    GlobalJob?: object | null;
  };
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
  Placement?: {
    Constraints?: string[] | null;
    Preferences?: { Spread?: { SpreadDescriptor?: string } | null }[] | null;
    MaxReplicas?: number;
  } | null;
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
  Dir?: string;
  User?: string;
  Mounts?: Mount[] | null;
  StopSignal?: string;
  StopGracePeriod?: number | null;
  Healthcheck?: Health | null;
  Secrets?: SecretReference[] | null;
  Configs?: ConfigReference[] | null;
  Init?: boolean | null;
  TTY?: boolean;
  OpenStdin?: boolean;
  ReadOnly?: boolean;
  /** `ADDRESS NAME`, as a line of /etc/hosts. */
  Hosts?: string[] | null;
  DNSConfig?: { Nameservers?: string[] | null; Search?: string[] | null } | null;
  Privileges?: { CredentialSpec?: { Config?: string; File?: string; Registry?: string } | null } | null;
  Isolation?: string;
  Sysctls?: Record<string, string> | null;
  CapabilityAdd?: string[] | null;
  CapabilityDrop?: string[] | null;
  Ulimits?: { Name?: string; Soft?: number; Hard?: number }[] | null;
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
  BindOptions?: { Propagation?: string } | null;
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Record<string, string> | null;
    DriverConfig?: { Name?: string; Options?: Record<string, string> | null } | null;
  } | null;
  TmpfsOptions?: { SizeBytes?: number } | null;
}

interface FileTarget {
  Name?: string;
  UID?: string;
  GID?: string;
  Mode?: number;
}

export interface SecretReference {
  File?: FileTarget | null;
  SecretID?: string;
  SecretName?: string;
}

export interface ConfigReference {
  /** Absent for a config that is not mounted: a credential spec. */
  File?: FileTarget | null;
  Runtime?: object | null;
  ConfigID?: string;
  ConfigName?: string;
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
  /** Of reservations only. */
  GenericResources?: { DiscreteResourceSpec?: { Kind?: string; Value?: number } | null }[] | null;
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
