import type { CommandIo } from '../cli/io.ts';
import { load } from '../project/bundle-dir.ts';
import { withEngine } from '../cli/with-engine.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { reissuesOf } from '../bundle/reissues.ts';
import { deploymentOf, PHASES } from './apply.ts';
import { issueAgain } from './reissue.ts';
import { review } from './review.ts';
import { jsonText } from '../json-text.ts';
import { momentBy, systemClock } from '../swarm/clock.ts';

/** What `bundle deploy --dry-run` is given. */
interface DryRunOptions {
  dir: string;
  context?: string;
  host?: string;
  adopt?: boolean;
  atOnce?: boolean;
  detailedExitcode?: boolean;
  ignore: string[];
  renew?: boolean;
  verify: boolean;
  wait: boolean;
}

/**
 * Prints what `bundle deploy` would do, phase by phase. Writes nothing, on this machine or in the swarm, and takes no
 * lease.
 * @returns 6 with --detailed-exitcode if something would change, as `bundle plan`
 * @throws BundleError (exit 3) if deploy would be refused: a check failed
 */
export async function dryRun(options: DryRunOptions, timeoutMs: number, io: CommandIo): Promise<ExitCode> {
  const read = await load(options, io, { checks: true });
  return withEngine(options, io, async (engine) => {
    const moment = momentBy(systemClock, (await engine.info()).systemTime);
    const wanted = reissuesOf(read, moment.here).filter(
      ({ reason }) => reason.urgency === 'must' || options.renew === true,
    );
    const again = async () =>
      issueAgain(read, options.renew === true, moment, io, await engine.secrets({ stack: read.directory.bundle.name }));
    const renewed = wanted.length > 0 ? await again() : undefined;
    const loaded = renewed?.loaded ?? read;
    const seen = await review(engine, loaded, { ...options, mayStartJobs: false }, io, false);
    const { verify, wait, ignore, atOnce } = options;
    const on = deploymentOf({
      engine,
      loaded,
      seen,
      io,
      options: { timeoutMs, verify, wait, ignore, atOnce },
      ...(renewed && { renewed }),
    });
    const phases = PHASES.filter(({ when }) => when?.(on) !== false).map(({ title, does }) => ({
      title,
      does: does?.(on) ?? [],
    }));
    const stack = seen.plan.stack;
    if (io.json) io.stdout(jsonText({ stack, changes: !seen.plan.empty, phases }));
    else io.stdout(textOf(stack, seen.plan.empty, phases));
    return !seen.plan.empty && options.detailedExitcode === true ? EXIT.pending : EXIT.done;
  });
}

function textOf(stack: string, empty: boolean, phases: readonly { title: string; does: string[] }[]): string {
  const width = String(phases.length).length;
  const lines = phases.flatMap(({ title, does }, index) => [
    `${String(index + 1).padStart(width)}. ${title}`,
    ...does.map((line) => `${' '.repeat(width + 4)}${line}`),
  ]);
  const head = empty
    ? `${stack}: already up to date; deploy would look at it:`
    : `${stack}: deploy would do this, in this order:`;
  return `${[head, ...lines, 'nothing was done'].join('\n')}\n`;
}
