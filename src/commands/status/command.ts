import { command, DIRECTORY, type Flags, type OptionsOf } from '../../cli/command.ts';
import { RELEASE_STATES } from '../../release/states.ts';

const flags = {
  wide: { kind: 'switch', text: 'a table of the services, of the nodes and of the secrets' },
} as const satisfies Flags;

export type StatusOptions = OptionsOf<typeof flags>;

export const status = command({
  name: 'status',
  summary: 'services, tasks, nodes, secrets and the last verification',
  arguments: DIRECTORY,
  flags,
  json: {
    status: (z) =>
      z.object({
        stack: z.string(),
        access: z
          .array(z.object({ title: z.string(), url: z.string() }))
          .describe('Ways in that have an address; none of a stack that is not deployed.'),
        risks: z.array(z.string()).describe('What whoever can reach it may do, or see.'),
        services: z.array(
          z.object({
            name: z.string(),
            job: z.boolean().describe('Its tasks end when they are done; running counts those that are.'),
            running: z.int().optional().describe('Absent if the tasks could not be read; so are the restarts.'),
            wanted: z.int().describe('As the newest release says, or stack.yml if the swarm has none.'),
            scaledTo: z.int().optional().describe('Replicas that the swarm was told by hand instead.'),
            missing: z.literal(true).optional().describe('The swarm has no such service.'),
            image: z.string(),
            restarts: z
              .object({
                count: z.int(),
                withNode: z.int().describe('Ended with their node or its engine.'),
                lastAt: z.string().optional(),
                lastExitCode: z.int().optional(),
                lastTask: z.string().optional().describe('The id of the task that ended last, by itself if any did.'),
                lastStarted: z.boolean().optional().describe('false: its program never began, so it has no log.'),
              })
              .optional()
              .describe('Unplanned ends of its tasks since it was deployed, as far as the swarm remembers them.'),
            tasks: z.array(
              z.object({
                id: z.string(),
                node: z.string().describe('Its host name, which several nodes may have.'),
                nodeId: z.string().describe('Empty while it has none.'),
                state: z.string(),
                since: z.string(),
                error: z.string(),
              }),
            ),
          }),
        ),
        stopping: z
          .array(
            z.object({
              id: z.string(),
              service: z.string().optional().describe('Absent if the swarm has its service no more.'),
              successor: z
                .string()
                .optional()
                .describe('The service of which a task runs in its place already: with its host name, or its volumes.'),
              node: z.string(),
              nodeId: z.string(),
              state: z.string(),
              graceSeconds: z.int().describe('How long it may take, from when it was told.'),
            }),
          )
          .describe('Tasks that the swarm told to stop and that have not ended, on nodes that are not down.'),
        nodes: z.array(
          z.object({
            id: z.string(),
            hostname: z.string(),
            role: z.string(),
            leader: z.boolean().describe('Of the managers, the one that leads.'),
            state: z.string(),
            availability: z.string(),
            roles: z.array(z.string()),
            memoryBytes: z.int(),
            reservedBytes: z.int().describe('What this stack’s tasks that run, or still stop, reserve of it.'),
          }),
        ),
        secrets: z.array(
          z.object({
            name: z.string(),
            secret: z.string().describe('Its key in bundle.lock.json: several may be parts of one.'),
            kind: z.string(),
            inSwarm: z.boolean(),
            onDisk: z.boolean(),
            otherOnDisk: z
              .boolean()
              .describe('What is on disk is another content than bundle.lock.json means: it is not used.'),
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
        silentHolder: z
          .object({ owner: z.string(), command: z.string(), ageSeconds: z.int() })
          .optional()
          .describe(
            'Who has its lock without a sign of life for so long: dead, unless managers’ clocks differ. They do if ' +
              'it is below zero.',
          ),
        lastVerification: z
          .object({
            at: z.string(),
            exit: z.int(),
            passed: z.int(),
            failed: z.int(),
            unsure: z.int(),
            release: z
              .object({ number: z.int(), at: z.string() })
              .optional()
              .describe('The swarm’s newest release then. Another one than `release` was not verified from here.'),
          })
          .optional()
          .describe(
            'The last whole one from this machine; `exit` is 0 if it passed, 5 if it failed, 7 if it could not tell.',
          ),
        unread: z
          .array(z.object({ part: z.string(), text: z.string() }))
          .optional()
          .describe(
            'What the engine, or a proxy before it, refused to give, or this version of bundle cannot read: that ' +
              'part is empty or absent.',
          ),
      }),
  },
  run: () => import('./run.ts'),
});
