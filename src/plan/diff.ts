import type { DesiredService } from './convert.ts';
import { serviceFields, type Effect, type Field } from './fields.ts';
import type { ServiceSpec } from './spec.ts';

export type { Effect } from './fields.ts';

export interface FieldChange {
  /** `image`, `environment IMPLY_MANAGER_HOST`, `secret imply-auth-token mode`, `placement constraint`, `port 9097/tcp` … */
  field: string;
  kind: 'added' | 'removed' | 'changed';
  /** What is and what will be; absent where the value may be a secret (environment, command, labels, logging options). */
  from?: string;
  to?: string;
  effect: Effect;
}

/**
 * What deploying `desired` changes in a live service, as its reader would name it; an empty list where it changes nothing.
 * `networks` maps the ids of live networks to their names. Secrets are compared by name, target, mode and owner; values of the environment that
 * were not supplied are not compared. In the order of a specification, what only the live service has at the end. Whether a tag has moved in the registry is not known here.
 */
export function diffService(desired: DesiredService, live: ServiceSpec, networks: ReadonlyMap<string, string>): FieldChange[] {
  const skip = new Set(desired.unknownEnvironment.map((name) => `environment ${name}`));
  const after = byKey(serviceFields(desired.spec, (name) => name));
  const before = byKey(serviceFields(live, (id) => networks.get(id) ?? id));
  const changes: FieldChange[] = [];
  for (const key of new Set([...after.keys(), ...before.keys()])) {
    const to = after.get(key);
    const from = before.get(key);
    const field = to ?? from;
    if (field === undefined || skip.has(field.name) || (to?.value === from?.value && to !== undefined && from !== undefined)) continue;
    // A secret's mode is no news where the secret itself comes or goes.
    if (field.of !== undefined && after.has(`${field.of}\0`) !== before.has(`${field.of}\0`)) continue;
    changes.push(change(field, from, to));
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
