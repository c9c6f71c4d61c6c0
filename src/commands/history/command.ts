import { command, DIRECTORY, type Flags, type OptionsOf } from '../../cli/command.ts';
import { RELEASE_STATES } from '../../release/states.ts';

const flags = {
  release: { kind: 'value', value: 'number', text: 'print the stack file of this release' },
} as const satisfies Flags;

export type HistoryOptions = OptionsOf<typeof flags>;

export const history = command({
  name: 'history',
  summary: 'the releases that the swarm remembers',
  arguments: DIRECTORY,
  flags,
  examples: ['bundle history prod', 'bundle history prod --release 4    its stack file'],
  verbatim: true,
  json: {
    history: (z) => {
      const release = z.object({
        number: z.int(),
        at: z.string(),
        by: z.string(),
        tool: z.string().describe('Version of bundle that made it.'),
        state: z.enum(RELEASE_STATES),
        note: z.string().optional().describe('Why it failed, as an error code.'),
        rollbackOf: z.int().optional(),
        images: z.record(z.string(), z.string()).describe('By service, with digest.'),
        secrets: z.array(z.string()),
        nodeLabels: z.array(z.object({ nodeId: z.string(), node: z.string(), key: z.string() })),
        document: z.unknown(),
      });
      return z.object({
        stack: z.string(),
        releases: z.array(release).describe('Newest first.'),
        unreadable: z.array(z.string()).describe('Records of a format that this version does not know.'),
      });
    },
  },
  run: () => import('./run.ts'),
});
