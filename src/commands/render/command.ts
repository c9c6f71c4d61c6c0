import { command, DIRECTORY, type Flags, type OptionsOf } from '../../cli/command.ts';

const flags = {
  check: { kind: 'switch', text: 'write nothing; exit 6 if stack.yml or README.md differs' },
  target: {
    kind: 'value',
    value: 'target',
    text: 'swarm: stack.yml; run: a folder of docker run commands for each host',
    choices: ['swarm', 'run'],
    default: 'swarm',
  },
  network: {
    kind: 'value',
    value: 'network',
    text: 'of --target run: a user-defined bridge, or the hosts’ own network (bridge)',
    choices: ['bridge', 'host'],
  },
  address: {
    kind: 'list',
    value: 'host=ip',
    text: 'of --target run: where the others reach a host; may be repeated, and is remembered in run/run.json',
  },
} as const satisfies Flags;

export type RenderOptions = OptionsOf<typeof flags>;

export const render = command({
  name: 'render',
  summary: 'write stack.yml from bundle.yaml and bundle.lock.json',
  arguments: DIRECTORY,
  flags,
  examples: [
    'bundle render prod',
    'bundle render prod --check      exit 6 if stack.yml or README.md is not up to date',
    'bundle render prod --target run        all services on one host; several hosts need --address for each',
  ],
  json: {
    render: (z) =>
      z.object({
        stack: z.string(),
        directory: z.string(),
        written: z.array(z.string()).optional(),
        removed: z
          .array(z.string())
          .optional()
          .describe(
            'Of --target run: files that nothing names any more, and folders of hosts that have no service any ' +
              'more; with --check those that would go.',
          ),
        left: z
          .array(
            z.object({
              host: z.string(),
              service: z.string(),
              container: z.string(),
              now: z.string().optional().describe('The host that has it now.'),
              wholeHost: z.boolean().describe('Nothing else of the stack is on that host.'),
            }),
          )
          .optional()
          .describe('Of --target run: services that a host had before and has no longer; no run.sh stops them.'),
        upToDate: z.boolean().optional().describe('Of --check.'),
        differs: z
          .array(
            z.object({
              file: z.string(),
              missing: z.boolean(),
              added: z.unknown().optional(),
              removed: z.unknown().optional(),
              onlyLineEnds: z.literal(true).optional(),
              otherBuild: z
                .literal(true)
                .optional()
                .describe('Another build of bundle rendered it from the same bundle.yaml and bundle.lock.json.'),
            }),
          )
          .optional()
          .describe('Of --check.'),
      }),
  },
  run: () => import('./run.ts'),
});
