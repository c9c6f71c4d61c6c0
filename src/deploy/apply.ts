import type { Reissued } from '../bundle/reissues.ts';
import type { CommandIo } from '../cli/io.ts';
import type { Engine } from '../engine/port.ts';
import { withMoreHints } from '../errors.ts';
import type { Plan } from '../plan/changes.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import type { ReleaseRun } from '../release/run.ts';
import type { Finding } from '../sdk/finding.ts';
import type { Step } from '../swarm/steps/step.ts';
import { writtenHints } from '../text/written-text.ts';
import { interruptedWith, type Told } from '../ui/interrupted.ts';
import { reporterOf, type Reporter } from '../ui/reporter.ts';
import type { Outlook } from '../verify/bundle/early.ts';
import type { Verification } from '../verify/result.ts';
import * as phase from './phases.ts';
import type { Review } from './review.ts';

export interface ApplyOptions {
  timeoutMs: number;
  /** For each task that must stop first; absent: as long as its stop grace allows. */
  stopMs?: number | undefined;
  verify: boolean;
  /** Names of checks whose findings do not count. */
  ignore: readonly string[];
  /** Rolling groups restart at the same moment. */
  atOnce?: boolean | undefined;
  /** false: ends once the swarm has taken the document; the release stays `deployed`, which is not a good one. */
  wait: boolean;
  /** The release that this one brings back. */
  rollbackOf?: number;
  /** It takes back what a deployment began that failed a moment ago. */
  takesBack?: boolean;
}

/** Certificates that are issued again, in memory until `write` puts them into the bundle’s directory. */
export interface Renewal {
  reissued: readonly Reissued[];
  /** @returns the files that it wrote, below the directory */
  write: () => Promise<string[]>;
}

/** Of a deployment that issues none. */
export const NOTHING_RENEWED: Renewal = { reissued: [], write: () => Promise.resolve([]) };

/** What a deployment goes by, and what it has done so far. All phases work on it. */
export interface Deployment {
  readonly engine: Engine;
  readonly loaded: Loaded;
  readonly seen: Review;
  readonly options: ApplyOptions;
  readonly io: CommandIo;
  readonly reporter: Reporter;
  readonly renewed: Renewal;
  /** What it does to the swarm, by phase; made before the first of them. */
  readonly steps: Readonly<Record<phase.StepsOf, readonly Step[]>>;
  /** Of the steps, what was done. */
  readonly made: string[];
  /** Files that it wrote into the bundle’s directory, below that. */
  written: readonly string[];
  release?: ReleaseRun;
  verification?: Verification | undefined;
  /** On its tasks. */
  outlook?: Outlook;
  /** Every task was seen to run and stay, since the last of them was made. */
  converged?: boolean;
  /** Services whose tasks were replaced, since they may have run without their secrets. */
  replaced: readonly string[];
  /** Of the images that the swarm took. */
  warnings: readonly Finding[];
}

export interface Phase {
  title: string;
  /** Left out if it gives false. */
  when?: (on: Deployment) => boolean;
  /** For `--dry-run`: what it does, a line each; none if the title says it all. */
  does?: (on: Deployment) => string[];
  run: (on: Deployment) => Promise<void>;
  /** How an interruption in it is told: what was done by then, and how to go on. */
  interrupted: (on: Deployment) => Told;
}

/** A deployment, from its first phase to its last. */
export const PHASES: readonly Phase[] = [
  {
    title: 'issue certificates again',
    when: ({ renewed }) => renewed.reissued.length > 0,
    does: ({ renewed }) => renewed.reissued.map(({ secret, version, why }) => `${secret}, version ${version}: ${why}`),
    // From here on a run that ends early is completed by the next one: the lockfile names what the swarm is to get.
    run: async (on) => {
      on.written = await on.renewed.write();
    },
    interrupted: phase.goOn,
  },
  {
    title: 'record the release',
    does: phase.describeRelease,
    run: phase.recordRelease,
    interrupted: phase.goOn,
  },
  {
    title: 'remove quorum probes that a killed run left behind',
    when: ({ loaded }) => loaded.directory.plan.ensembles.length > 0,
    run: phase.removeProbes,
    interrupted: phase.goOn,
  },
  phase.stepsPhase('make secrets', 'secrets'),
  // A stray label goes before its service starts or is updated: swarm might start the task there, on an empty volume.
  phase.stepsPhase('label nodes', 'labels'),
  // Whoever starts with the new one is let in; if this fails, nothing was restarted.
  phase.stepsPhase('tell what runs of its new secrets', 'told'),
  { ...phase.stepsPhase('docker stack deploy', 'stack'), does: phase.describeStack },
  phase.stepsPhase('remove services that stack.yml no longer has', 'orphans'),
  phase.stepsPhase('remove node labels that nothing needs any more', 'staleLabels'),
  {
    title: 'read the swarm again: it holds what stack.yml says',
    run: phase.settle,
    interrupted: phase.goOn,
  },
  {
    title: 'wait until every task runs and stays up',
    when: ({ options, steps }) => options.wait || steps.toldLater.length > 0,
    does: ({ options }) => [`no longer than ${minutes(options.timeoutMs)}`],
    run: (on) => phase.converge(on),
    interrupted: phase.deployedSoFar,
  },
  // Members that did not let each other in before they restarted do so now.
  {
    ...phase.stepsPhase('tell what runs of its new secrets, now that all of it runs', 'toldLater'),
    run: phase.tellLater,
  },
  {
    title: 'verify',
    when: ({ options }) => options.wait && options.verify,
    does: phase.describeVerify,
    run: phase.verify,
    interrupted: phase.notVerified,
  },
  {
    title: 'replace tasks that may run without their secrets, and verify again',
    when: phase.failedVerification,
    run: phase.replaceTasks,
    interrupted: phase.notVerified,
  },
  {
    title: 'ask the tasks once more',
    when: (on) => on.options.wait && !phase.failedVerification(on),
    run: phase.askOnceMore,
    interrupted: phase.notVerified,
  },
  {
    title: 'mark the release',
    when: ({ options }) => options.wait,
    does: ({ options }) => [options.verify ? 'verified, if everything is as it must be' : 'converged'],
    run: phase.markRelease,
    interrupted: phase.notVerified,
  },
  {
    title: 'remove releases and secrets that are no longer kept',
    when: (on) => on.options.wait && !phase.failedVerification(on),
    does: phase.describeClean,
    run: phase.clean,
    interrupted: phase.marked,
  },
];

/** What was done. */
export interface Done {
  plan: Plan;
  steps: string[];
  release: number;
  /** Every task was seen to run and stay; false if that was not awaited. */
  converged: boolean;
  /** Files that were written into the bundle’s directory, below that. */
  written: readonly string[];
  /** Of images, as they were said; absent if there are none. */
  warnings?: readonly Finding[];
  verification?: Verification;
}

/** What `apply` takes, `--dry-run` too. */
export type Inputs = Pick<Deployment, 'engine' | 'loaded' | 'seen' | 'options' | 'io'> & {
  renewed?: Deployment['renewed'];
};

/**
 * Makes ready what was reviewed; does nothing yet.
 * @throws BundleError (exit 3) if this machine lacks a value that stack.yml takes from the environment
 */
export const deploymentOf = ({ renewed = NOTHING_RENEWED, ...given }: Inputs): Deployment => ({
  ...given,
  renewed,
  reporter: reporterOf(given.io),
  steps: phase.stepsOf(given),
  made: [],
  written: [],
  replaced: [],
  warnings: [],
});

/**
 * Every task of the release was seen to run, and none to lack what it must show, whatever cannot be asked from here on.
 */
export const seenToRun = (on: Pick<Deployment, 'converged' | 'verification'>): boolean =>
  on.converged === true && !phase.failedVerification(on);

/**
 * Carries out what was reviewed, phase by phase, and writes down in the swarm how far it came. Call it under the
 * stack's lease.
 * @throws BundleError (exit 4) if it does not converge, whose hints say what is to be done with files that were
 *   written; a verification that fails is a result, no error
 */
export async function apply(inputs: Inputs): Promise<Done> {
  const on = deploymentOf(inputs);
  for (const each of PHASES) {
    if (each.when?.(on) === false) continue;
    try {
      await each.run(on);
    } catch (error) {
      on.reporter.endProgress();
      await on.release?.failed(error, seenToRun(on));
      const hints = writtenHints(on.written, on.loaded.directory.shown);
      throw withMoreHints(interruptedWith(error, each.interrupted(on)), hints);
    }
  }
  return {
    plan: on.seen.plan,
    steps: [
      ...Object.values(on.steps).flatMap((steps) => steps.map((step) => step.describe())),
      ...on.replaced.map((name) => `replace the tasks of ${name}`),
    ],
    release: phase.recorded(on).number,
    converged: on.options.wait,
    written: on.written,
    ...(on.warnings.length > 0 && { warnings: on.warnings }),
    ...(on.verification ? { verification: on.verification } : {}),
  };
}

/** `10m`, `90s` */
const minutes = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`);
