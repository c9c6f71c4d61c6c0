import type {
  EndpointExpectation,
  LogExpectation,
  SecretPart,
  ServiceExpectation,
  StackPlan,
} from '../sdk/definition.ts';
import type { OwnChecks } from './own-checks.ts';

type OwnCheck = OwnChecks['expectations'][number];

/** For services of which the definition expects nothing: a database may take a while to make its files. */
const START_SECONDS = 120;

/** The checks of a service that have names of their own, and what to do if one does not pass. */
export function namedChecks({
  logs,
  endpoints,
  programs = [],
}: {
  logs: readonly Named[];
  endpoints: readonly Named[];
  programs?: readonly Named[];
}): Named[] {
  return [...logs, ...endpoints, ...programs];
}

type Named = Pick<LogExpectation, 'name' | 'remedy'>;

/**
 * What a plan expects together with the user's own, and without what stands in for an image that bundle.yaml names.
 * @param own without faults
 */
export function withOwnChecks(
  expectations: readonly ServiceExpectation[],
  own: OwnChecks | undefined,
  plan: Pick<StackPlan, 'secrets'>,
): ServiceExpectation[] {
  const probes = own?.probeImage !== undefined;
  const result = expectations.map((each) => ({
    ...each,
    logs: [...each.logs],
    endpoints: [...each.endpoints],
    programs: each.programs?.filter(({ withoutProbeImage }) => !probes || withoutProbeImage !== true) ?? [],
  }));
  for (const check of own?.expectations ?? []) {
    let expectation = result.find(({ service }) => service === check.service);
    if (expectation === undefined) {
      expectation = {
        service: check.service,
        logs: [],
        withinSeconds: START_SECONDS,
        startGraceSeconds: START_SECONDS,
        forbiddenSecrets: [],
        endpoints: [],
        programs: [],
      };
      result.push(expectation);
    }
    if (check.log !== undefined) expectation.logs.push({ name: check.name, contains: check.log });
    else expectation.endpoints.push(endpointOf(check, expectation.endpoints, plan));
  }
  return result;
}

/** What is wrong with the user's own checks, as `path: why`. */
export function ownCheckFaults({ expectations }: OwnChecks, plan: StackPlan): string[] {
  if (expectations.length === 0) return [];
  const services = Object.keys(
    plan.document(
      (secret, part) => `${secret}-${part}`,
      () => [],
    ).document.services,
  );
  const taken = new Set(
    plan.expectations.flatMap((each) => namedChecks(each).map(({ name }) => `${each.service} ${name}`.toLowerCase())),
  );
  for (const service of services) for (const word of BUILT_IN) taken.add(`${service} ${word}`);
  return expectations.flatMap((check, index) => {
    const path = `verify.expectations.${index}`;
    const key = `${check.service} ${check.name}`.toLowerCase();
    const faults = [
      ...(services.includes(check.service)
        ? []
        : [`${path}.service: this stack has no service "${check.service}"; it has ${services.join(', ')}`]),
      ...(taken.has(key) ? [`${path}.name: ${check.service} has a check of this name already`] : []),
      ...(check.tls !== undefined && authority(plan) === undefined
        ? [`${path}.tls: this bundle has no CA to which a certificate could chain`]
        : []),
    ];
    taken.add(key);
    return faults;
  });
}

const BUILT_IN = ['running', 'completed', 'tasks', 'secrets', 'content', 'quorum'];

function endpointOf(
  { name, tcp, http, tls }: OwnCheck,
  defined: readonly EndpointExpectation[],
  plan: Pick<StackPlan, 'secrets'>,
): EndpointExpectation {
  if (tcp !== undefined) {
    const { port, send = '', contains } = tcp;
    return { kind: 'tcp', name, port, ...(contains === undefined ? {} : { greeting: { send, contains: [contains] } }) };
  }
  if (http !== undefined)
    return { kind: 'http', name, port: http.port, tls: http.tls, path: http.path, status: [http.status] };
  // A stack may have several authorities: the definition knows whose certificate the port shows.
  const same = defined.find((endpoint) => endpoint.kind === 'tls' && endpoint.port === tls?.port);
  const ca = same?.kind === 'tls' ? same.authority : authority(plan);
  if (tls === undefined || ca === undefined) throw new TypeError(`the check ${name} was not validated`);
  // Only of a port that the definition holds to be strict it is known that its server can refuse older ones.
  const strict = same?.kind === 'tls' && same.olderTls === undefined;
  const older = strict ? {} : ({ olderTls: 'told' } as const);
  return { kind: 'tls', name, port: tls.port, names: tls.names, authority: ca, ...older };
}

/** The bundle's own CA: the kind of secret that has a certificate to be trusted. */
function authority({ secrets }: Pick<StackPlan, 'secrets'>): SecretPart | undefined {
  const need = secrets.find(({ kind }) => kind.issues !== undefined);
  return need && { secret: need.secret, part: 'certificate' };
}
