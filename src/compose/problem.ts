import type { ComposeService, StackDocument } from './types.ts';

/** Something that `docker stack config` accepts and that fails, or goes wrong, in the swarm. */
export interface Problem {
  /** Stable word for tests, `--ignore` and search. */
  id: string;
  /** Where, in the file's keys: `services.db.ports`. */
  path: string;
  message: string;
  fix: string;
}

/** One group of rules. `stack` is the stack's name on the swarm: it is part of most names there. */
export type Rule = (stack: string, document: StackDocument) => Problem[];

/** A rule that looks at one service at a time; `path` is `services.<name>`. */
export function eachService(check: (service: ComposeService, path: string, name: string) => Problem[]): Rule {
  return (_stack, document) =>
    Object.entries(document.services).flatMap(([name, service]) => check(service, `services.${name}`, name));
}

/** The values that occur more than once, in order. */
export function repeated(values: string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))].sort();
}
