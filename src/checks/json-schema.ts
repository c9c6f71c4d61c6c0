import type { ZodParts } from '../zod-parts.ts';
const levels = ['ok', 'info', 'not-run', 'unsure', 'warning', 'error'] as const;
/** One preflight check. */
export const checkResultJson = (z: ZodParts) => {
  const finding = z.object({
    level: z.enum(levels).describe('not-run: never looked at. unsure: looked at, and it does not tell.'),
    text: z.string(),
    hint: z.string().optional(),
    node: z
      .string()
      .optional()
      .describe('The node that it is about: its host name, or its id if that name does not find it.'),
  });
  return z.object({
    name: z.string().describe('The word for --ignore.'),
    title: z.string(),
    level: z.enum([...levels, 'skipped']),
    ignored: z.boolean(),
    findings: z.array(finding),
  });
};
