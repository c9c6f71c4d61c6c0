/**
 * What a difference does to the tasks. `restart`: swarm replaces them all (moby/swarmkit, orchestrator.IsTaskDirty: the
 * task template or the endpoint differs). `move`: only those whose node no longer fits. `in place`: none.
 */
export type Effect = 'restart' | 'move' | 'in place';

/** One comparable property of a service. */
export interface Field {
  /** What people read; not unique (placement constraints). */
  name: string;
  /** Compared; never printed. */
  value: string;
  /** Printed; absent if the value may be a secret. */
  shown?: string;
  effect: Effect;
  /** The field this one belongs to: when that one comes or goes, this one is not news. */
  of?: string;
}

/** A value that may be printed; `of` is the field that it belongs to. No spreads: there are thousands of them. */
export function shown(name: string, text: string, effect: Effect, of?: string): Field {
  const field: Field = { name, value: text, effect };
  if (text !== '') field.shown = text;
  if (of !== undefined) field.of = of;
  return field;
}

/** The same; none if the specification does not set it. */
export function shownIfSet(name: string, text: string | null | undefined, effect: Effect): Field[] {
  return text ? [shown(name, text, effect)] : [];
}

/** A field for each entry, `name KEY`, whose value may be a secret. */
export function hidden(
  name: string,
  values: Record<string, string> | null | undefined,
  effect: Effect,
  of?: string,
): Field[] {
  return Object.entries(values ?? {}).map(([key, value]) =>
    of === undefined ? { name: `${name} ${key}`, value, effect } : { name: `${name} ${key}`, value, effect, of },
  );
}
