import type { Field } from '../compose/keys/field.ts';
import { SERVICE_KEYS } from '../compose/keys/table.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import { leftovers } from './leftovers.ts';

/**
 * The properties of a service's specification that our documents can set, desired or live, with the defaults of CLI and
 * engine filled in, so that what means the same is the same. `networkName` gives the name of a network by what the
 * specification calls it.
 */
export function serviceFields(spec: ServiceSpec, networkName: (target: string) => string): Field[] {
  const task = spec.TaskTemplate ?? {};
  const parts = { service: spec, task, container: task.ContainerSpec ?? {} };
  const fields: Field[] = [];
  for (const key of SERVICE_KEYS) for (const field of key.fields(parts, networkName)) fields.push(field);
  return fields;
}

/** What a live specification sets beyond what our documents can say: somebody changed it by hand. */
export function foreignFields(spec: ServiceSpec): Field[] {
  return leftovers(spec).map(([path, value]) => ({
    name: path,
    value,
    effect: /^(TaskTemplate|EndpointSpec|mount)\b/.test(path) ? 'restart' : 'in place',
  }));
}
