import { command, DIRECTORY, yes, type Flags, type OptionsOf } from '../../cli/command.ts';

const flags = {
  yes,
  volumes: { kind: 'switch', text: 'remove the volumes too: the data is gone for good' },
  killAfter: {
    kind: 'value',
    value: 'duration',
    text: 'kill containers of this node that still drain after so long',
  },
} as const satisfies Flags;

export type DestroyOptions = OptionsOf<typeof flags>;

export const destroy = command({
  name: 'destroy',
  summary: 'remove the stack and what bundle made for it',
  arguments: DIRECTORY,
  flags,
  examples: ['bundle destroy prod --yes', 'bundle destroy prod --yes --volumes --kill-after 1m'],
  json: {
    destroy: (z) =>
      z.object({
        stack: z.string(),
        removed: z
          .object({
            services: z.array(z.string()),
            networks: z.array(z.string()),
            configs: z.array(z.string()),
            secrets: z.array(z.string()),
            labels: z.array(z.string()),
            volumes: z.array(z.string()),
          })
          .describe('What was seen to be gone.'),
        unknownTasks: z
          .array(z.string())
          .describe('Ids of tasks on nodes that do not answer: whether they ended cannot be told.'),
        lostSecrets: z
          .array(
            z.object({
              secret: z.string(),
              names: z.array(z.string()).describe('Of the swarm.'),
              lockedData: z.array(z.string()).describe('Volumes that stay, whose data goes by it and takes no other.'),
            }),
          )
          .describe('Those that were removed and whose values are not on this machine.'),
        volumesLeft: z.array(
          z.object({
            node: z.string().describe('Its host name, which several nodes may have.'),
            nodeId: z.string().describe('Empty if neither the swarm nor a release knows the node, or which it is.'),
            command: z.string(),
            seen: z
              .boolean()
              .describe('false: it follows from stack.yml and the releases; that node cannot be seen from here.'),
          }),
        ),
      }),
  },
  run: () => import('./run.ts'),
});
