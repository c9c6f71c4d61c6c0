import { canonicalDocument } from '../compose/canonical.ts';
import type { SpecParts } from '../compose/keys/key.ts';
import { SERVICE_KEYS } from '../compose/keys/table.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import type { EnvironmentValue, StackDocument } from '../compose/types.ts';

export interface DesiredService {
  spec: ServiceSpec;
  /**
   * Variables whose value comes from the environment and was not given: they are not in `spec`, and cannot be compared.
   */
  unknownEnvironment: string[];
}

/**
 * What `docker stack deploy` makes of each service of a document (docker/cli, cli/compose/convert), by the service's
 * key in the document. `environment` supplies the `${NAME:?}` values. Networks, secrets and configs are named, not
 * identified: ids are known to the engine only. Throws a usage error for durations and sizes that docker would refuse.
 */
export const desiredSpecs = (...given: Parameters<typeof desiredEntries>): Record<string, DesiredService> =>
  Object.fromEntries(desiredEntries(...given));

/** The same, one by one: of thousands of services they need not be there together. */
export function* desiredEntries(
  stackName: string,
  document: StackDocument,
  options: { environment?: Record<string, string> } = {},
): Generator<[name: string, service: DesiredService], void, undefined> {
  const canonical = canonicalDocument(document);
  for (const [name, service] of Object.entries(canonical.services)) {
    const { known: env, unknown } = environmentList(service.environment ?? {}, options.environment ?? {});
    const source = { stack: stackName, name, at: `services.${name}`, document: canonical, env };
    const parts: SpecParts = { service: {}, task: {}, container: {} };
    for (const key of SERVICE_KEYS) key.spec(service, parts, source);
    const TaskTemplate = { ...parts.task, ContainerSpec: parts.container };
    const spec = { ...parts.service, Name: `${stackName}_${name}`, TaskTemplate };
    yield [name, { spec, unknownEnvironment: unknown }];
  }
}

function environmentList(
  values: Record<string, EnvironmentValue>,
  supplied: Record<string, string>,
): { known: string[]; unknown: string[] } {
  const known: string[] = [];
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const text = typeof value === 'string' ? value : supplied[value.fromEnvironment];
    if (text === undefined) unknown.push(name);
    else known.push(`${name}=${text}`);
  }
  return { known: known.sort(), unknown };
}
