import { createHash, X509Certificate } from 'node:crypto';
import { lockedPart } from '../../bundle/lock-entry.ts';
import { namedChecks } from '../../bundle/own-expectations.ts';
import { isJob, leastTasks } from '../../compose/modes.ts';
import type { SecretState } from '../../bundle/secret-state.ts';
import type { EndpointExpectation, Ensemble, SecretPart, StackPlan } from '../../sdk/definition.ts';
import type { KnownAuthority, Keys } from '../endpoints/types.ts';
import { QUORUM } from '../check-ensemble.ts';
import { STABLE } from '../check-stability.ts';
import { EXPIRY } from '../expiry/judge.ts';
import { SWARM } from '../expiry/swarm.ts';
import { FOREIGN_MOUNTS } from '../foreign-mounts.ts';
import type { CheckResult } from '../result.ts';
import { isNamed, isSkipped, isWanted, type KnownNames, type Selection } from '../select.ts';
import { upCheck } from '../tasks/check-task.ts';
import { TASKS } from '../tasks/look.ts';
import type { Expected, StackVerifyOptions } from '../options.ts';
import type { Loaded } from '../../project/bundle-dir.ts';

/** Word for `--only` and `--skip`, and name of the result: whether the swarm's secrets have the locked content. */
export const CONTENT = 'content';

/** What is to be looked at, and how many checks the selection leaves out. */
export function selected(
  loaded: Loaded,
  selection: Selection,
): Pick<StackVerifyOptions, 'expectations' | 'ensembles'> & { leftOut: number } {
  const { plan } = loaded.directory;
  const known = knownNames(loaded);
  let leftOut = skippedFaults(loaded, selection);
  const keep = (service: string, check: string, times: number): boolean => {
    const wanted = isWanted(selection, service, check, known);
    if (!wanted) leftOut += times;
    return wanted;
  };
  const expectations = plan.expectations.flatMap(
    ({
      service,
      logs,
      endpoints,
      programs = [],
      withinSeconds,
      servesWithinSeconds,
      startGraceSeconds,
      needs,
    }): Expected[] => {
      const wanted = loaded.document.services[service];
      const replicas = wanted === undefined ? 1 : leastTasks(wanted);
      const job = wanted !== undefined && isJob(wanted);
      const one = {
        service,
        replicas,
        ...(job && { job }),
        withinSeconds,
        ...(servesWithinSeconds !== undefined && { servesWithinSeconds }),
        startGraceSeconds,
        needs,
        logs: logs.filter(({ name }) => keep(service, name, replicas)),
        endpoints: endpoints.filter(
          (endpoint) => keep(service, endpoint.name, replicas) || isForExpiry(endpoint, service, selection, known),
        ),
        programs: programs.filter(({ name }) => keep(service, name, replicas)),
        certificates: endpoints.filter((endpoint) => endpoint.kind === 'tls'),
        // A task that is not there shows nothing: that is told unless it was skipped by name.
        looks: {
          running: keep(service, upCheck(job), replicas),
          secrets: keep(service, 'secrets', replicas),
          absent: !isSkipped(selection, service, TASKS),
          stable: !isSkipped(selection, service, STABLE),
        },
        named: [TASKS, STABLE].filter(
          (check) => isNamed(selection, check) && isWanted(selection, service, check, known),
        ),
      };
      const { looks, named } = one;
      return namedChecks(one).length > 0 || looks.running || looks.secrets || named.length > 0 ? [one] : [];
    },
  );
  return { expectations, ensembles: askedEnsembles(plan).filter(({ name }) => keep(name, QUORUM, 1)), leftOut };
}

/** Whether a port is asked for its certificate alone: of who looks at expiry, the port itself is not wanted. */
const isForExpiry = (
  { kind, name }: Pick<EndpointExpectation, 'kind' | 'name'>,
  service: string,
  selection: Selection,
  known: KnownNames,
): boolean =>
  kind === 'tls' &&
  isNamed(selection, EXPIRY) &&
  isWanted(selection, service, EXPIRY, known) &&
  !isSkipped(selection, service, name);

/**
 * What was looked at with ports that were asked for their certificates alone: they have no result of their own, but one
 * that showed none leaves the end of its certificate untold.
 */
export function withoutThoseForExpiry(
  results: readonly CheckResult[],
  loaded: Loaded,
  selection: Selection,
): CheckResult[] {
  const known = knownNames(loaded);
  const isAlone = ({ service, check }: CheckResult): boolean =>
    !isWanted(selection, service, check, known) &&
    loaded.directory.plan.expectations.some(
      (one) =>
        one.service === service &&
        one.endpoints.some((each) => each.name === check && isForExpiry(each, service, selection, known)),
    );
  return results.flatMap((result) => {
    if (!isAlone(result)) return [result];
    const { certificate, status, check, detail } = result;
    if (certificate !== undefined) return [];
    const untold = `${check} showed no certificate: ${detail}`;
    return [{ ...result, check: EXPIRY, status: status === 'not-run' ? 'not-run' : 'unsure', detail: untold }];
  });
}

/** How many checks are skipped by name that are told of only if they fail. */
function skippedFaults({ directory: { plan, lock } }: Loaded, selection: Selection): number {
  const ofServices = plan.expectations.flatMap(({ service }) => [
    [service, TASKS] as const,
    [service, STABLE] as const,
  ]);
  const contents = plan.secrets.flatMap(({ secret, files }) =>
    Object.keys(files).map(() => [secret, CONTENT] as const),
  );
  const endings = Object.entries(lock.secrets).flatMap(([secret, { facts }]) =>
    facts.notAfter === undefined ? [] : [[secret, EXPIRY] as const],
  );
  const all = [...ofServices, ...contents, ...endings, [SWARM, EXPIRY] as const];
  return all.filter(([of, check]) => isSkipped(selection, of, check)).length;
}

/** Every word that --only and --skip take. */
export function knownNames({
  directory: { plan },
  document,
}: {
  directory: { plan: StackPlan };
  document: Loaded['document'];
}): { services: string[]; checks: string[] } {
  const own = plan.expectations.flatMap(namedChecks).map(({ name }) => name);
  return {
    services: [...new Set([...Object.keys(document.services), ...askedEnsembles(plan).map(({ name }) => name), SWARM])],
    checks: [
      ...new Set([
        'running',
        ...(Object.values(document.services).some(isJob) ? ['completed'] : []),
        ...own,
        'secrets',
        TASKS,
        STABLE,
        CONTENT,
        FOREIGN_MOUNTS,
        EXPIRY,
        ...(askedEnsembles(plan).length > 0 ? [QUORUM] : []),
      ]),
    ],
  };
}

/** The swarm's secrets that tasks must mount, and those that they must not. */
export function secretExpectations(
  { document, directory }: Loaded,
  secrets: readonly SecretState[],
): Pick<StackVerifyOptions, 'secrets' | 'forbidden'> {
  const expected: Record<string, { target: string; name: string }[]> = {};
  for (const [service, { secrets: mounts = [] }] of Object.entries(document.services)) {
    expected[service] = mounts.map(({ source, target }) => ({
      target,
      name: document.secrets[source]?.name ?? source,
    }));
  }
  const forbidden: Record<string, string[]> = {};
  for (const { service, forbiddenSecrets } of directory.plan.expectations) {
    forbidden[service] = forbiddenSecrets.flatMap(({ secret, part }) =>
      secrets.filter((each) => each.need.secret === secret && each.part === part).map((each) => each.name),
    );
  }
  return { secrets: expected, forbidden };
}

/** What this machine knows of the CA and the token that the tasks were given: of the locked versions only. */
export function keysOf({ directory }: Loaded): Keys {
  // Each port asks for it anew, and a certificate takes a while to be read.
  const known = new Map<string, KnownAuthority | undefined>();
  const authorityOf = (wanted: SecretPart): KnownAuthority | undefined => {
    const key = `${wanted.secret} ${wanted.part}`;
    if (!known.has(key))
      known.set(
        key,
        authority(lockedPart(directory, wanted), directory.lock.secrets[wanted.secret]?.facts.certificateSha256),
      );
    return known.get(key);
  };
  return {
    authority: authorityOf,
    token: (wanted) => lockedPart(directory, wanted)?.toString('utf8').split(/\r?\n/)[0],
  };
}

function authority(certificate: Buffer | undefined, sha256: string | undefined): KnownAuthority | undefined {
  const digest = certificate && createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
  if (certificate && (sha256 === undefined || digest === sha256)) return { certificate };
  return sha256 === undefined ? undefined : { sha256 };
}

/**
 * Those that are asked for their quorum: of one server alone its health check tells as much, without a job in the
 * swarm, unless a verification has more to ask.
 */
export function askedEnsembles({ ensembles }: Pick<StackPlan, 'ensembles'>): Ensemble[] {
  return ensembles.filter(({ services, probe }) => services.length > 1 || probe.thoroughly !== undefined);
}
