import * as z from 'zod';
import { hostLimits } from './host-limits.ts';
import { STACK_NAME_MAX } from '../compose/limits.ts';
import { ownChecks } from './own-checks.ts';

/** Keys of bundle.yaml that every stack definition shares. */
export const commonAnswers = z.strictObject({
  version: z.literal(1).describe('Format of this file.'),
  stack: z.string().describe('Which stack definition: what is deployed.'),
  name: z
    .string()
    .max(STACK_NAME_MAX, `at most ${STACK_NAME_MAX} characters`)
    .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens, starting with a letter')
    .describe("The stack's name on the swarm, as in `docker stack deploy -c stack.yml NAME`."),
  verify: ownChecks.optional(),
  hosts: hostLimits.optional(),
});

/** The common keys by name, to split them from a definition's own. */
export const COMMON_KEYS = Object.keys(commonAnswers.shape) as (keyof z.infer<typeof commonAnswers>)[];

/**
 * Where `init` reads secret material from, once; accepted in an answers file and by `--set`, never written to
 * bundle.yaml.
 */
export const secretFiles = z.record(z.string(), z.string());
