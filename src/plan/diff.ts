import type { DesiredService } from './convert.ts';
import type { Effect, Field } from '../compose/keys/field.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import { foreignFields, serviceFields } from './fields.ts';

export type { Effect } from '../compose/keys/field.ts';

/**
 * The field of a change that no specification shows: the service's label goes to another node, and the service with it.
 */
export const NODE_FIELD = 'node';

/** A change that swarm refuses. */
export const MODE_FIELD = 'mode';

/** How many tasks a service is to have. */
export const REPLICAS_FIELD = 'replicas';

/** What no specification shows either: the swarm kept a task with the ports of before (quorum/kept-ports.ts). */
export const PORTS_FIELD = 'ports of its task';

/** Nor this one: the image becomes another one in the same words. */
export const DIGEST_FIELD = 'image digest';

/** Whether a field says how a service is reached: its ports, or by which address. */
export const isEndpointField = (field: string): boolean => field === 'endpoint mode' || field.startsWith('port ');

export interface FieldChange {
  /**
   * `image`, `environment LOG_LEVEL`, `secret auth-token mode`, `placement constraint`, `port 9097/tcp`
   * …
   */
  field: string;
  kind: 'added' | 'removed' | 'changed';
  /**
   * What is and what will be; absent if the value may be a secret (environment, command, labels, logging options).
   */
  from?: string;
  to?: string;
  effect: Effect;
}

/**
 * What deploying `desired` changes in a live service, as its reader would name it; an empty list if it changes
 * nothing. `networks` maps the ids of live networks to their names. Secrets are compared by name, target, mode and
 * owner; values of the environment that were not supplied are not compared. In the order of a specification, what only
 * the live service has at the end. Whether a tag has moved in the registry is not known here.
 */
export function diffService(
  desired: DesiredService,
  live: ServiceSpec,
  networks: ReadonlyMap<string, string>,
): FieldChange[] {
  const changes = fieldChanges(liveFields(live, networks), desiredFields(desired), notCompared(desired));
  // Swarm changes no service's mode. Once it is removed and made anew, nothing else is to be compared.
  const mode = changes.filter(({ field }) => field === MODE_FIELD);
  return mode.length > 0 ? mode : changes;
}

/** The fields of a service that a document wants: its networks are called by their names. */
export function desiredFields(desired: DesiredService): Field[] {
  return serviceFields(desired.spec, (name) => name);
}

/** The fields of a live service; `networks` maps the ids of live networks to their names. */
export function liveFields(live: ServiceSpec, networks: ReadonlyMap<string, string>): Field[] {
  return [...serviceFields(live, (id) => networks.get(id) ?? id), ...foreignFields(live)];
}

/** Names of the fields whose wanted value is not known. */
export function notCompared(desired: DesiredService): string[] {
  return desired.unknownEnvironment.map((name) => `environment ${name}`);
}

/**
 * What leads from one list of fields to another, without those called `skip`; in the order of `to`, what only `from`
 * has at the end.
 */
export function fieldChanges(from: Field[], to: Field[], skip: readonly string[] = []): FieldChange[] {
  // Nearly always: and maps of hundreds of services cost more than all the rest.
  if (
    from.length === to.length &&
    from.every(
      (field, index) => field.value === to[index]?.value && field.name === to[index].name && field.of === to[index].of,
    )
  )
    return [];
  const before = byKey(from);
  const after = byKey(to);
  const changes: FieldChange[] = [];
  for (const key of new Set([...after.keys(), ...before.keys()])) {
    const next = after.get(key);
    const last = before.get(key);
    const field = next ?? last;
    if (
      field === undefined ||
      skip.includes(field.name) ||
      (next !== undefined && last !== undefined && next.value === last.value)
    )
      continue;
    // A secret's mode is no news if the secret itself comes or goes.
    if (field.of !== undefined && after.has(`${field.of}\0`) !== before.has(`${field.of}\0`)) continue;
    changes.push(change(field, last, next));
  }
  return changes;
}

function change(field: Field, from: Field | undefined, to: Field | undefined): FieldChange {
  return {
    field: field.name,
    kind: from === undefined ? 'added' : to === undefined ? 'removed' : 'changed',
    ...(from?.shown !== undefined && { from: from.shown }),
    ...(to?.shown !== undefined && { to: to.shown }),
    effect: field.effect,
  };
}

/** Constraints share one name, so each is a key of its own; and a secret's target may read like another one's mode. */
function byKey(fields: Field[]): Map<string, Field> {
  const detail = (field: Field): string => field.of ?? (field.name === 'placement constraint' ? field.value : '');
  return new Map(fields.map((field) => [`${field.name}\0${detail(field)}`, field]));
}
