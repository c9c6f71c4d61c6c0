import type { Engine } from '../../engine/port.ts';
import type { Gate } from '../../quorum/options.ts';
import type { CommandIo } from '../../cli/io.ts';
import { reporterOf } from '../../ui/reporter.ts';
import { readSecretStates, survey } from '../../project/plan-bundle.ts';
import type { Loaded } from '../../project/bundle-dir.ts';
import { askTasks } from './verify-bundle.ts';
import { selected } from './expected.ts';
import { verifyProgress } from './progress.ts';

/**
 * The gate between two services of a roll: the checks of `bundle verify`, of the services in question only.
 * @param verify false: whether they run, and no other check
 */
export function rollGate(engine: Engine, loaded: Loaded, verify: boolean, io: CommandIo): Gate {
  return async (services, { timeoutMs, show }) => {
    const reporter = reporterOf(io);
    // Read again: the secrets may have been made a moment ago.
    const found = await survey(engine, loaded.directory.bundle.name, { tasks: false });
    const secrets = await readSecretStates(loaded, found);
    const { expectations, ensembles } = selected(loaded, {
      only: verify ? services : [...services, 'running'],
      skip: [],
    });
    const progress = show ? verifyProgress(reporter, { expectations, ensembles }) : {};
    const { results } = await askTasks(
      engine,
      loaded,
      secrets,
      { expectations, ensembles },
      { timeoutMs, ...progress },
      io,
    );
    reporter.endProgress();
    return results;
  };
}
