import { EXIT, type ExitCode } from '../../errors.ts';
import { releaseNumber } from '../../release/number.ts';
import { apply } from '../../deploy/apply.ts';
import { confirm, withQuestion } from '../../cli/io.ts';
import { reportDone } from '../deploy/run.ts';
import { deployTimeouts } from '../../duration-option.ts';
import type { CommandIo } from '../../cli/io.ts';
import { locked } from '../../cli/with-engine.ts';
import type { RollbackOptions } from './command.ts';
import { firstReview, requireUnchanged, type Review } from '../../deploy/review.ts';
import { goesForward, passedOver, tellWayBack, wayBack, type WayBack } from '../../deploy/way-back.ts';
import { load } from '../../project/bundle-dir.ts';
import { withEngine } from '../../cli/with-engine.ts';

/**
 * `bundle rollback`: deploys an earlier release again, as one operation: services, images by digest, node labels, and
 * the secret versions that were not replaced since. It becomes a new release.
 */
export async function run(options: RollbackOptions, io: CommandIo): Promise<ExitCode> {
  const timeouts = deployTimeouts(options.timeout);
  const to = options.to === undefined ? undefined : releaseNumber('--to', options.to);
  const loaded = await load(options, io, { ifOld: 'unread', checks: true });
  const { name } = loaded.directory.bundle;
  return withEngine(options, io, async (engine) => {
    const { withSecrets, ignore } = options;
    const look = (number = to) => wayBack(engine, loaded, { to: number, withSecrets, ignore });
    const reviewed = (way: WayBack): Parameters<typeof firstReview>[2] => ({
      ...options,
      ...{ ignore: [...ignore, ...passedOver(way)], backTo: way.target.number },
    });
    let shown: Review | undefined;
    /** The release that was asked about: another one may be the last good one by then. */
    let asked: number | undefined;
    if (options.yes !== true) {
      const way = await look();
      asked = way.target.number;
      const told = withQuestion(io, false);
      tellWayBack(way, told);
      shown = await firstReview(engine, way.past, reviewed(way), told, true);
      if (!(await confirm(`Roll ${name} back to release ${way.target.number}?`, false, io))) {
        io.stderr('nothing was changed\n');
        return EXIT.done;
      }
    }
    return await locked(engine, name, 'rollback', io, async (inner) => {
      const way = await look(asked);
      const { target, past } = way;
      if (!shown) tellWayBack(way, inner);
      const seen = await firstReview(engine, past, reviewed(way), inner, shown === undefined);
      if (shown) requireUnchanged(shown, seen);
      const done = await apply({
        engine,
        loaded: past,
        seen,
        options: {
          ...timeouts,
          verify: options.verify,
          wait: true,
          ignore: options.ignore,
          atOnce: options.atOnce,
          rollbackOf: target.number,
        },
        io: inner,
      });
      await reportDone(inner, past, done, seen.found.live.nodes);
      if (goesForward(loaded, past, seen.found.live.nodes))
        inner.stderr(
          `note: bundle.yaml is as it was; until it says what release ${target.number} did, \`bundle deploy\` ` +
            `would go forward again\n`,
        );
      return done.verification?.exit ?? EXIT.done;
    });
  });
}
