import type { Named } from '../paste-commands.ts';
import type { HostLimits } from '../bundle/host-limits.ts';
import type { LeafReason } from '../bundle/leaf-changes.ts';
import type { LockedImage } from '../bundle/lock.ts';
import type { SecretState } from '../bundle/secret-state.ts';
import type { StackDocument } from '../compose/types.ts';
import type { Clock } from '../swarm/clock.ts';
import type { JobOwner } from '../swarm/jobs/owner.ts';
import type {
  Engine,
  EngineInfo,
  ImageInRegistry,
  RegistryLogin,
  SwarmNode,
  SwarmService,
  SwarmTask,
} from '../engine/port.ts';
import type { BundleError } from '../errors.ts';
import type { RefusedAuthority } from '../io/authority-faults.ts';
import type { HostLookup } from '../io/lookup.ts';
import type { Plan } from '../plan/changes.ts';
import type { NeedsOf } from '../release/defined-by.ts';
import type { Finding, Level, SecretPart, StackPlan } from '../sdk/definition.ts';
import type { HostAsker } from './hosts/ask.ts';
import type { PairAsker } from './pairs/ask.ts';

export type { Finding, Level };

/** What was read of the swarm, once, before the checks. Undefined if no manager could be reached. */
export interface LiveSwarm {
  engine: Engine;
  nodes: SwarmNode[];
  /** Of the whole swarm: other stacks take ports too. */
  services: SwarmService[];
  tasks: SwarmTask[];
}

export interface CheckContext {
  stack: string;
  /** How the user named the bundle and its engine, for commands. */
  named: Named;
  plan: StackPlan;
  document: StackDocument;
  secrets: SecretState[];
  /** By name, as bundle.lock.json has them. */
  identities: Readonly<Record<string, string>>;
  /** What bundle.lock.json knows of the images that a wrapper starts, by reference. */
  wrapped: Readonly<Record<string, LockedImage>>;
  /** When certificates and the like begin, ISO 8601: by the key in bundle.lock.json. */
  beginnings: Readonly<Record<string, string>>;
  /** When they end. */
  endings: Readonly<Record<string, string>>;
  /** True if `secrets/` is there. */
  secretsOnDisk: boolean;
  /** What is wrong with `secrets/` itself. */
  secretFaults: Finding[];
  /** Certificates that a CA of the bundle issued and that are to be issued again: by the key in bundle.lock.json. */
  reissues: { secret: string; reason: LeafReason; services: string[]; here: boolean }[];
  /** The bundle's CAs that clients refuse. */
  refusedAuthorities: RefusedAuthority[];
  adopt: boolean;
  info: EngineInfo | undefined;
  /** Why there is no engine or no manager. */
  unreachable: Finding | undefined;
  live: LiveSwarm | undefined;
  /**
   * What deploying would change; asked only if there is a live swarm. Throws a usage error for values that docker
   * would refuse.
   */
  planned: () => Pick<Plan, 'services' | 'labels' | 'restarts' | 'volumes'>;
  /**
   * What the rules of a quorum group forbid of that; absent if the command refuses it by itself, with a code of its
   * own.
   */
  forbidden?: () => BundleError | undefined;
  /** The release that is brought back, if this is a rollback. */
  backTo?: number;
  /** It is a job that renews certificates (`deploy --renew --yes`): nobody is asked whether to deploy anything else. */
  renewsUnasked?: boolean;
  /** It is deployed in one call, by hand, and not stage after stage. */
  byHand: boolean;
  /** The secrets that a release of the stack calls for. */
  needsOf: NeedsOf;
  /** What bundle.yaml asks of hosts. */
  limits: HostLimits;
  /** Groups are asked what restarts would break: by `bundle check`. */
  asksMembers: boolean;
  /** Jobs may run for a moment, in the stack's own images; a dry run starts none. */
  mayStartJobs: boolean;
  /** Asks the nodes; or why they are not asked. */
  askHosts: HostAsker | string;
  /** Finds out which nodes reach each other; absent if bundle.yaml does not ask for it. */
  askPairs?: PairAsker;
  /** Asks the registry through the engine, for each image once; throws with the registry's own words. */
  inRegistry: (image: string) => Promise<ImageInRegistry>;
  /** The version of the docker CLI that deploys, proved to reach the engine; throws why it does not. */
  dockerCli: () => Promise<string>;
  /** What is known of the log-in for each image's registry. */
  logins: (images: readonly string[]) => Promise<RegistryLogin[]>;
  /** Whose the jobs of the checks are. */
  operator: JobOwner & { isAlive: (pid: number) => boolean };
  now: Date;
  clock: Clock;
  /** Opens a TCP connection from this machine and gives the first bytes the server sends, or its answer to `send`. */
  probe(host: string, port: number, send?: string): Promise<Buffer>;
  /** What this machine knows of a host's name. */
  lookup(host: string): Promise<HostLookup>;
  /** A secret's content, if it is on this disk. */
  secretValue(part: SecretPart): Buffer | undefined;
  /** The same, if it is the content that bundle.lock.json means. */
  lockedValue(part: SecretPart): Buffer | undefined;
}

export interface Check {
  /** Word for `--ignore`. */
  name: string;
  title: string;
  /** False: not run without a reachable manager. */
  offline: boolean;
  /** It is about the swarm, not about this bundle: before a deployment it is said once in each swarm. */
  onceASwarm?: boolean;
  /** Who may keep it waiting, in words that follow "waiting for"; the engine if absent. */
  waitsFor?: string;
  /** Its time; 30 if absent. */
  limitSeconds?: number;
  /** How long what it made may take to be gone, once its signal is aborted; 5 if absent. */
  tidySeconds?: number;
  /** What it comes to if its time is over; `unsure` if absent. */
  late?: { level: Level; hint: string };
  /**
   * @param signal is aborted when the check's time is over, or the command is interrupted: what it made must be gone
   *   soon after
   */
  run(context: CheckContext, signal?: AbortSignal): Promise<Finding[]> | Finding[];
}

export interface PreflightResult {
  name: string;
  title: string;
  level: Level | 'skipped';
  ignored: boolean;
  findings: Finding[];
}
