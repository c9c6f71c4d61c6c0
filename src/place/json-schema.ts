import type { ZodParts } from '../zod-parts.ts';
import { FILTERS } from './filter-names.ts';

/** The key `placement` of what `bundle plan --json` prints. */
export const placementJson = (z: ZodParts) => {
  const node = { nodeId: z.string(), node: z.string().describe('Host name.') };

  const loss = z.object({
    ...node,
    filter: z.enum(FILTERS).describe('The first of swarm’s scheduler filters that refuses the node.'),
    detail: z.string().describe('The value that did, in words that follow the node’s name.'),
  });

  return z.object({
    services: z.array(
      z.object({
        service: z.string(),
        mode: z.enum(['replicated', 'global']),
        wanted: z.int().describe('Tasks that it is to have.'),
        staying: z.int().describe('Of those, the ones that stay where they are.'),
        now: z.array(z.object(node)).describe('Where tasks of it are now.'),
        placeable: z
          .int()
          .describe('Of those that do not stay, how many find a node when no other service of the stack needs it.'),
        eligible: z.array(z.object(node)).describe('Nodes that suit it and have room.'),
        lost: z.array(loss),
        verdict: z.enum(['placeable', 'unplaceable']),
      }),
    ),
    nodes: z.array(
      z.object({
        ...node,
        cpus: z.number(),
        memoryBytes: z.number(),
        cpusLeft: z.number().describe('What no task reserves once the plan is carried out.'),
        memoryLeft: z.number().describe('Bytes.'),
      }),
    ),
    conflicts: z
      .array(
        z.object({
          services: z.array(z.string()),
          certainty: z
            .enum(['impossible', 'order', 'undecided'])
            .describe(
              'impossible: no assignment places them all; order: it depends on which swarm places first; ' +
                'undecided: the search gave up.',
            ),
          waiting: z.string().describe('The service that is left without a node.'),
          lost: z.array(loss),
        }),
      )
      .describe('Services that are placeable alone, and not together.'),
    stuck: z
      .object({
        service: z.string().describe('The first service that finds no node in its turn.'),
        lost: z.array(loss),
        holders: z
          .array(
            z.object({
              service: z.string(),
              until: z.enum(['restart', 'removal']).describe('What frees it, later in the same deployment.'),
            }),
          )
          .describe('Who holds what the nodes lack.'),
        atOnce: z.boolean().describe('Whether deploy --at-once helps.'),
      })
      .optional()
      .describe('Where a deployment would stop half-way, though in the end all services have a node.'),
  });
};
