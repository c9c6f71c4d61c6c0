import type * as zod from 'zod';

/**
 * What of zod the schemas of commands are made with. Never the namespace itself: a value of it would keep all of zod,
 * its texts in forty languages too, in what every command loads.
 */
export type ZodParts = Pick<
  typeof zod,
  'array' | 'boolean' | 'enum' | 'int' | 'literal' | 'number' | 'object' | 'record' | 'string' | 'unknown'
>;
