import { command, DIRECTORY, type OptionsOf } from '../../cli/command.ts';
import { RELEASE_STATES } from '../../release/states.ts';

export type StatusOptions = OptionsOf<object>;

export const status = command({
  name: 'status',
  summary: 'services, tasks, nodes, secrets and the last verification',
  arguments: DIRECTORY,
  flags: {},
  json: {
    status: (z) =>
      z.object({
        stack: z.string(),
        services: z.array(
          z.object({
            name: z.string(),
            running: z.int(),
            wanted: z.int(),
            image: z.string(),
            restarts: z
              .object({
                count: z.int(),
                withNode: z.int().describe('Ended with their node or its engine.'),
                lastAt: z.string().optional(),
                lastExitCode: z.int().optional(),
              })
              .describe('Unplanned ends of its tasks since it was deployed, as far as the swarm remembers them.'),
            tasks: z.array(
              z.object({ id: z.string(), node: z.string(), state: z.string(), since: z.string(), error: z.string() }),
            ),
          }),
        ),
        nodes: z.array(
          z.object({
            hostname: z.string(),
            role: z.string(),
            state: z.string(),
            availability: z.string(),
            roles: z.array(z.string()),
          }),
        ),
        secrets: z.array(
          z.object({
            name: z.string(),
            kind: z.string(),
            inSwarm: z.boolean(),
            onDisk: z.boolean(),
            state: z.enum(['present', 'missing', 'foreign', 'differs', 'changed', 'lost']),
            notAfter: z.string().optional(),
            daysLeft: z.int().optional(),
          }),
        ),
        swarmRoots: z
          .array(z.object({ subject: z.string(), notAfter: z.string(), daysLeft: z.int() }))
          .describe('The swarm’s root certificates: two while they are being replaced.'),
        release: z
          .object({ number: z.int(), state: z.enum(RELEASE_STATES), at: z.string(), by: z.string() })
          .optional(),
        heldBy: z.object({ owner: z.string(), command: z.string() }).optional().describe('Who is at work on it now.'),
        lastVerification: z
          .object({ at: z.string(), exit: z.int(), passed: z.int(), failed: z.int(), unsure: z.int() })
          .optional(),
        unread: z
          .array(z.object({ part: z.string(), text: z.string() }))
          .optional()
          .describe('What the engine, or a proxy before it, refused to give: that part is empty or absent.'),
      }),
  },
  run: () => import('./run.ts'),
});
