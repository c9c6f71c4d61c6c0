import type { ZodParts } from '../../zod-parts.ts';
/** What `verify` tells, and `deploy` of its verification. */
export const verifyJson = (z: ZodParts) =>
  z.object({
    stack: z.string(),
    verdict: z.enum(['passed', 'failed', 'unsure']),
    exitCode: z.int(),
    results: z.array(
      z.object({
        service: z.string(),
        task: z.string().optional(),
        slot: z.int().optional(),
        node: z.string().optional(),
        check: z.string(),
        status: z
          .enum(['passed', 'failed', 'unsure', 'not-run'])
          .describe('unsure: asked, and the answer does not tell. not-run: never asked; it counts neither way.'),
        detail: z.string().describe('Evidence of a pass, reason of anything else; redacted.'),
        hint: z.string().optional().describe('What to look at, or to do, if it failed or could not be told.'),
        at: z.string().optional(),
        certificate: z
          .object({
            subject: z.string(),
            names: z.array(z.string()),
            issuer: z.string(),
            notAfter: z.string(),
            daysLeft: z.int().describe('Negative once it has expired.'),
          })
          .optional()
          .describe(
            'What the server that was asked presented; of `expiry`, an authority’s too, whose issuer is empty ' +
              'if bundle.lock.json does not tell it.',
          ),
      }),
    ),
    leftOut: z.int().describe('Checks that --only and --skip left out, one for each task.'),
  });
