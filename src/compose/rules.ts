import type { Problem, Rule } from './problem.ts';
import type { StackDocument } from './types.ts';
import { environmentRules } from './rules/environment.ts';
import { containerRules, modeRules } from './rules/modes.ts';
import { nameRules } from './rules/names.ts';
import { placementRules } from './rules/placement.ts';
import { portRules } from './rules/ports.ts';
import { referenceRules } from './rules/references.ts';
import { secretRules } from './rules/secrets.ts';
import { templateRules } from './rules/templates.ts';
import { volumeRules } from './rules/volumes.ts';

export type { Problem } from './problem.ts';

const RULES: readonly Rule[] = [
  nameRules,
  referenceRules,
  placementRules,
  portRules,
  volumeRules,
  secretRules,
  environmentRules,
  templateRules,
  modeRules,
  containerRules,
];

/**
 * What `docker stack config` lets pass and a swarm refuses, ignores or does otherwise than meant. Takes the stack's
 * name and the document; gives every problem, in the order of rules and services; an empty list for a sound document.
 * Never quotes an environment value.
 */
export function checkDocument(stackName: string, document: StackDocument): Problem[] {
  return RULES.flatMap((rule) => rule(stackName, document));
}
