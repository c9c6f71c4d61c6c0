import type { Engine, MountedSecret, SwarmSecret, TaskEngine } from '../../engine/port.ts';
import { BundleError, EXIT } from '../../errors.ts';
import type { Plan, ToldChange } from '../../plan/changes.ts';
import type { ToldSecret } from '../../sdk/definition.ts';
import { jobNetworks } from '../attachments.ts';
import { systemClock, type Clock } from '../clock.ts';
import { runJob, sweepJobs, type JobRequest } from '../jobs/run.ts';
import { runningService } from '../running-service.ts';
import type { Redactor } from '../../ui/redact.ts';
import type { Step } from './step.ts';

/** Label value of these jobs. */
const KIND = 'tell-secret';
/** Software whose tasks run may still be coming up: for so long it is told again and again. */
const COMING_UP_MS = 60_000;
const AGAIN_MS = 2_000;

type TellEngine = TaskEngine & Pick<Engine, 'secrets'>;

export interface TellOptions {
  stack: string;
  redactor: Redactor;
  /** Told why it is told again, each reason once. */
  onAgain: (why: string) => void;
  clock?: Clock;
}

/** What tells running software of the secrets in a plan: first of all, and later, once every task runs. */
export function tellSteps(
  engine: TellEngine,
  { stack, told = [] }: Pick<Plan, 'stack' | 'told'>,
  secrets: readonly ToldSecret[],
  how: Pick<TellOptions, 'redactor' | 'onAgain'>,
): Record<'first' | 'later', Step[]> {
  const steps = (changes: readonly ToldChange[]): Step[] =>
    changes.flatMap((change) => {
      const secret = secrets.find(({ file }) => file === change.file);
      return secret === undefined ? [] : [tellSecret(engine, change, secret, { stack, ...how })];
    });
  return { first: steps(told.filter(({ later }) => !later)), later: steps(told.filter(({ later }) => later)) };
}

/**
 * Tells running software of the new version of a secret that it keeps for itself, by a job in its network. Done again,
 * it does no harm: a run that was killed left some services with the new version, and others without.
 */
export function tellSecret(
  engine: TellEngine,
  { secret: name, before, what, later }: ToldChange,
  told: ToldSecret,
  { stack, redactor, onAgain, clock = systemClock }: TellOptions,
): Step {
  const all = told.services.join(', ');
  return {
    describe: () => `make ${name} ${what} in the running ${stack}`,
    async run(signal) {
      await sweepJobs(engine, stack, KIND);
      const until = clock.now() + (later === true ? COMING_UP_MS : 0);
      // Of each in turn: the certificate by which one tells may have expired, or be one that the others do not take.
      for (let turn = 0, said = ''; ; turn++) {
        const result = await runJob(engine, await jobBeside(turn), { clock, signal });
        if (result.ok || result.unread) return;
        // By its contract it prints no value: the words are its definition's own.
        const why = redactor.words([...result.lines, result.text].join('; '));
        if (clock.now() >= until && turn >= told.services.length - 1) throw notTold(why);
        if (why !== said) onAgain(`${name} is not ${what} yet: ${why}; telling it again`);
        said = why;
        await clock.sleep(AGAIN_MS, signal);
      }
    },
  };

  /** @param turn by which of the running services it is told */
  async function jobBeside(turn: number): Promise<JobRequest> {
    const [where, networks, versions] = await Promise.all([
      runningService(engine, stack, told.services, { secrets: told.secrets, brings: true, turn }),
      engine.networks({ stack }),
      engine.secrets({ names: [name, ...before] }),
    ]);
    const network = networks.find((each) => each.name === `${stack}_${told.network}`);
    const isNew = (each: { name: string }): boolean => each.name.toLowerCase() === name.toLowerCase();
    const secret = versions.find(isNew);
    if (where === undefined || network === undefined)
      throw later === true || turn > 0 ? notTold(`none of ${all} runs`) : nobody();
    if ('away' in where) throw notTold(where.away);
    if (secret === undefined) throw notTold(`the swarm has no secret ${name}`);
    return {
      stack,
      kind: KIND,
      image: where.image,
      command: [...told.command],
      networks: jobNetworks(told, network.id, where, networks),
      constraints: where.constraints,
      secrets: [
        ...where.secrets,
        { id: secret.id, name, target: told.target },
        ...former(versions.filter((each) => !isNew(each))),
      ],
      timeoutMs: told.timeoutSeconds * 1000,
    };
  }

  function former(versions: readonly SwarmSecret[]): MountedSecret[] {
    const { former: target } = told;
    if (target === undefined) return [];
    return versions.map(({ id, name: version }, index) => ({ id, name: version, target: `${target}.${index + 1}` }));
  }

  function nobody(): BundleError {
    return new BundleError(
      'nobody-to-tell',
      `${name} did not become ${what}: none of ${all} runs; no service was restarted`,
      {
        exit: EXIT.notConverged,
        midway: [
          `\`docker service ps ${stack}_${told.services[0] ?? ''}\` says why; once one runs, run the same command again`,
          `if none can run as it is: \`docker service scale ${told.services.map((name) => `${stack}_${name}=0`).join(' ')}\`, ` +
            'then the same command, which starts what stands at 0 as it is to be',
          'or `bundle rollback`, which leaves it as it was',
        ],
      },
    );
  }

  function notTold(why: string): BundleError {
    return new BundleError(
      'secret-not-told',
      `it is not certain that ${name} became ${what}: ${why}; ` +
        (later === true ? `${all} restarted with it already, or had it before` : 'no service was restarted'),
      {
        exit: EXIT.notConverged,
        midway: [
          'fix that, then run the same command again',
          'or `bundle rollback`, which has the version of the last good release told again',
        ],
      },
    );
  }
}
