import type { Engine } from '../../engine/port.ts';
import type { Gate } from '../../quorum/options.ts';
import type { TlsEndpoint } from '../../sdk/definition.ts';
import type { CommandIo } from '../../cli/io.ts';
import type { DeploymentStart } from '../../swarm/former-tasks.ts';
import { reporterOf } from '../../ui/reporter.ts';
import { readSecretStates, survey } from '../../project/plan-bundle.ts';
import type { Loaded } from '../../project/bundle-dir.ts';
import { startMs } from '../start-time.ts';
import { askTasks } from './verify-bundle.ts';
import type { Expected } from '../options.ts';
import { selected } from './expected.ts';
import { verifyProgress } from './progress.ts';

/**
 * The gate between two services of a roll: the checks of `bundle verify`, of the services in question only.
 * @param how.verify false: whether they run, and no other check
 * @param how.start of the deployment that rolls
 */
export function rollGate(
  engine: Engine,
  loaded: Loaded,
  { verify, start }: { verify: boolean; start: DeploymentStart },
  io: CommandIo,
): Gate {
  return async (services, { timeoutMs, patient, pending }) => {
    const reporter = reporterOf(io);
    // Read again: the secrets may have been made a moment ago.
    const found = await survey(engine, loaded.directory.bundle.name, { tasks: false });
    const secrets = await readSecretStates(loaded, found);
    const { ensembles, ...all } = selected(loaded, {
      only: verify ? services : [...services, 'running'],
      skip: [],
    });
    const expectations = all.expectations.map((one) => withoutPending(one, pending));
    const progress = patient ? verifyProgress(reporter, { expectations, ensembles }) : {};
    const { results } = await askTasks(
      engine,
      loaded,
      secrets,
      { expectations, ensembles },
      { timeoutMs: patient ? Math.max(timeoutMs, startMs(expectations)) : timeoutMs, strict: true, start, ...progress },
      io,
    );
    reporter.endProgress();
    return results;
  };
}

/**
 * What is expected of a service in the middle of a roll: clients that are still to be updated dial what they were told
 * before, and may be told another name.
 * @param pending those clients, by short name
 */
export function withoutPending(expected: Expected, pending: readonly string[]): Expected {
  const now = (endpoint: TlsEndpoint): TlsEndpoint => {
    const { dialledBy } = endpoint;
    if (dialledBy === undefined) return endpoint;
    const services = dialledBy.services.filter((client) => !pending.includes(client));
    return { ...endpoint, dialledBy: { ...dialledBy, services } };
  };
  return {
    ...expected,
    endpoints: expected.endpoints.map((endpoint) => (endpoint.kind === 'tls' ? now(endpoint) : endpoint)),
    certificates: expected.certificates.map(now),
  };
}
