import { isJob, leastTasks } from '../../compose/modes.ts';
import type { EndpointExpectation } from '../../sdk/definition.ts';
import { columns } from '../../ui/layout.ts';
import { QUORUM } from '../check-ensemble.ts';
import { FOREIGN_MOUNTS } from '../foreign-mounts.ts';
import { STABLE } from '../check-stability.ts';
import { EXPIRY } from '../expiry/judge.ts';
import { SWARM } from '../expiry/swarm.ts';
import { EVERYTHING, isNamed, isWanted, type Selection } from '../select.ts';
import type { Loaded } from '../../project/bundle-dir.ts';
import { upCheck } from '../tasks/check-task.ts';
import { patternText } from '../tasks/search.ts';
import { TASKS } from '../tasks/look.ts';
import { askedEnsembles, CONTENT, knownNames } from './expected.ts';
import { namesExpiry } from './expiry.ts';

/** One thing that `verify` looks at. */
export interface ExpectationRow {
  service: string;
  check: string;
  /** What must be seen. */
  seen: string;
  /** Where it is asked from. */
  from: string;
}

/** Everything that `verify` looks at, as far as it is selected. Pure: the swarm is not asked. */
export function expectationRows(loaded: Loaded, selection: Selection): ExpectationRow[] {
  const { plan } = loaded.directory;
  const rows = plan.expectations.flatMap(
    ({ service, logs, endpoints, programs = [], withinSeconds, forbiddenSecrets }): ExpectationRow[] => {
      const known = loaded.document.services[service];
      const { secrets = [] } = known ?? {};
      const job = known !== undefined && isJob(known);
      const never =
        forbiddenSecrets.length === 0
          ? ''
          : `; never ${forbiddenSecrets.map(({ secret, part }) => `the ${part} of ${secret}`).join(', ')}`;
      const mounts = [...new Set(secrets.map(({ source }) => loaded.document.secrets[source]?.name ?? source))];
      return [
        {
          service,
          check: upCheck(job),
          seen: upText(known === undefined ? 1 : leastTasks(known), job),
          from: 'swarm',
        },
        ...logs.map(({ name, contains, says, provenBy }) => ({
          service,
          check: name,
          seen:
            `a line with ${patternText(contains)} within ${withinSeconds} s of the task’s start` +
            (says === undefined ? '' : `, ${says.seen}`) +
            (provenBy === undefined ? '' : `; if its log may have lost it since, ${provenBy.check} in its place`),
          from: 'log of the task',
        })),
        ...endpoints.map((endpoint) => ({
          service,
          check: endpoint.name,
          seen: `port ${endpoint.port}: ${demand(endpoint)}`,
          from: askedFrom(loaded, service, endpoint),
        })),
        ...programs.map(({ name, seen }) => ({
          service,
          check: name,
          seen,
          from: 'a job in the stack’s network, in the task’s image',
        })),
        { service, check: 'secrets', seen: `mounts exactly ${mounts.join(', ') || 'none'}${never}`, from: 'swarm' },
      ];
    },
  );
  const ensembles = askedEnsembles(plan).map(({ name, title }) => ({
    service: name,
    check: QUORUM,
    seen: `${title}: they do their work together, and every member serves`,
    from: 'a job in the stack’s network, in a member’s image',
  }));
  const mounts = {
    service: loaded.directory.bundle.name,
    check: FOREIGN_MOUNTS,
    seen: 'no service that stack.yml does not have mounts a secret of this bundle',
    from: 'swarm',
  };
  return [...rows, ...ensembles, mounts, ...toldByName(loaded, selection)].filter(({ service, check }) =>
    isWanted(selection, service, check, knownNames(loaded)),
  );
}

/** What is told of only if it fails, unless it is asked for by its name. */
function toldByName({ directory: { plan, lock } }: Loaded, selection: Selection): ExpectationRow[] {
  if (selection.only.length === 0) return [];
  const services = plan.expectations.map(({ service }) => service);
  const ending = plan.secrets.filter(({ secret }) => lock.secrets[secret]?.facts.notAfter !== undefined);
  const rows: [boolean, string, readonly string[], string, string][] = [
    [isNamed(selection, TASKS), TASKS, services, 'as many tasks as stack.yml wants, no more and no less', 'swarm'],
    [isNamed(selection, STABLE), STABLE, services, 'no task of it ended unasked again and again', 'swarm'],
    [
      isNamed(selection, CONTENT),
      CONTENT,
      plan.secrets.map(({ secret }) => secret),
      'its fingerprint label is the one that bundle.lock.json has',
      'swarm',
    ],
    [namesExpiry(selection), EXPIRY, ending.map(({ secret }) => secret), 'has not expired', 'bundle.lock.json'],
    [namesExpiry(selection), EXPIRY, [SWARM], 'its root’s and its nodes’ certificates have not expired', 'swarm'],
  ];
  return rows.flatMap(([named, check, of, seen, from]) =>
    named ? of.map((service) => ({ service, check, seen, from })) : [],
  );
}

/** By service, a check a line, with where it is asked from in brackets; as wide as the screen. */
export function expectationsText(rows: readonly ExpectationRow[], width: number): string {
  const services = [...new Set(rows.map(({ service }) => service))];
  const lines = services.flatMap((name) => [
    name,
    ...columns(
      rows.filter(({ service }) => service === name).map(({ check, seen, from }) => [check, `${seen} (${from})`]),
      width,
      '  ',
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

function upText(tasks: number, job: boolean): string {
  if (job) return `${tasks} ${tasks === 1 ? 'task' : 'tasks'} of the newest run completed`;
  return tasks === 1 ? '1 task of the newest version runs' : `${tasks} tasks of the newest version run`;
}

function demand(endpoint: EndpointExpectation): string {
  switch (endpoint.kind) {
    case 'tls':
      return (
        `TLS 1.2 or newer${endpoint.olderTls === 'told' ? ' (if it takes an older one too, that is told)' : ''}, a ` +
        `certificate of the bundle’s CA for ${endpoint.names.join(', ')}, in date; plain HTTP refused`
      );
    case 'secured':
      return `${endpoint.closedUntil}; then TLS 1.2 or newer, and plain HTTP refused`;
    case 'authentication':
      return `${endpoint.request.method} ${endpoint.request.path} lets the token in, and neither a wrong one nor none`;
    case 'http':
      return `${endpoint.tls ? 'HTTPS' : 'HTTP'} GET ${endpoint.path} is answered ${endpoint.status.join(' or ')}`;
    case 'tcp':
      return endpoint.greeting === undefined
        ? 'takes connections'
        : `${endpoint.greeting.send === '' ? 'greets' : `answers "${endpoint.greeting.send}"`} with ` +
            `${endpoint.greeting.contains.map((text) => `"${text}"`).join(' or ')}`;
    case 'exchange':
      return endpoint.expected === 'answer'
        ? (endpoint.means ?? 'answers a question of its protocol through TLS')
        : 'refuses a client without certificate';
    case 'registration':
      return 'unknown' in endpoint.register
        ? 'its server has it in its register'
        : `${endpoint.register.service} says of it: ${endpoint.register.entry.good}`;
  }
}

function askedFrom(
  { document, directory }: Loaded,
  service: string,
  { port, ...endpoint }: EndpointExpectation,
): string {
  const ofRegister = endpoint.kind === 'registration';
  if (ofRegister && 'unknown' in endpoint.register) return `not run: ${endpoint.register.unknown}`;
  const published = ofRegister ? undefined : document.services[service]?.ports?.find(({ target }) => target === port);
  if (published !== undefined)
    return `this machine, at port ${published.published} of ${published.mode === 'host' ? 'its node' : 'each node'}`;
  const image = directory.bundle.verify?.probeImage;
  return image === undefined
    ? 'not run: not published, and no verify.probeImage'
    : `a job in the stack’s network, in ${image}`;
}

/** Each service with the names of its checks, a line each. */
export function checksByService(loaded: Loaded): string[] {
  const rows = expectationRows(loaded, EVERYTHING);
  const services = [...new Set(rows.map(({ service }) => service))];
  return services.map((name) => {
    const checks = rows.filter(({ service }) => service === name).map(({ check }) => check);
    return `${name}: ${[...new Set(checks)].join(', ')}`;
  });
}
