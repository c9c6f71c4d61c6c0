import * as z from 'zod';
import { nanoCpus, parseReference, sizeBytes } from '../../src/sdk/helpers.ts';

/* Pieces of answers that several stacks share. */

export const port = z.int().min(1).max(65535);

/** An image reference with a tag or a digest; without one the engine takes `latest`, which changes under you. */
export const imageReference = z.string().superRefine((value, context) => {
  const { reference, why } = parseReference(value);
  if (why !== undefined) context.addIssue({ code: 'custom', message: `is no image reference: ${why}` });
  else if (reference.tag === undefined && reference.digest === undefined)
    context.addIssue({ code: 'custom', message: 'must carry a tag or a digest' });
});

/** How a list of nodes grows. What is appended to one that has started over at its end comes in the place of others. */
export const APPEND =
  'Append, never reorder: volumes stay where they are. A list that is shorter than their number is written out first, an ' +
  'entry for each.';

export const nodes = z
  .array(
    z
      .string()
      .min(1)
      .max(128)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a node host name or id'),
  )
  .default([]);

/** Swarm takes no service with less, reserved or as a limit, unless it is nothing (swarmkit, validateResources). */
const LEAST_NANO_CPUS = 1e6;
const LEAST_MEMORY = 4 * 1024 ** 2;
const orNothing = (amount: number, least: number): boolean => amount === 0 || amount >= least;

const cpus = z
  .string()
  .regex(/^[0-9]{1,5}(\.[0-9]{1,9})?$/, { error: 'a number of CPUs as text, such as "0.5"', abort: true })
  .refine(
    (text) => orNothing(nanoCpus(text, 'cpus'), LEAST_NANO_CPUS),
    'is below the 0.001 that a swarm takes at least',
  )
  .describe('CPUs, as text: "0.5".');
const memory = z
  .string()
  .regex(/^([0-9]{1,15}b?|[0-9]{1,12}[kK]|[0-9]{1,9}[mM]|[0-9]{1,6}[gG])$/, {
    error: 'a size such as 500M or 2G',
    abort: true,
  })
  .refine(
    (text) => orNothing(sizeBytes(text, 'memory'), LEAST_MEMORY),
    'is below the 4M that a swarm takes at least; a number alone is bytes: write 500M or 2G',
  )
  .describe('Memory: 500M, 2G.');

/** CPUs and memory of one task, as texts that docker reads. */
export interface AmountTexts {
  cpus?: string | undefined;
  memory?: string | undefined;
}

/** What the scheduler keeps free for one task. @param basis what the default rests on, as a sentence */
export const reserve = (defaultCpus: string, defaultMemory: string, basis: string) =>
  z
    .strictObject({ cpus: cpus.default(defaultCpus), memory: memory.default(defaultMemory) })
    .prefault({})
    .describe(`What the scheduler keeps free for one task. ${basis}`);

/** CPUs and memory without a default of their own. @param meaning a sentence */
export const amounts = (meaning: string) =>
  z.strictObject({ cpus: cpus.optional(), memory: memory.optional() }).prefault({}).describe(meaning);
