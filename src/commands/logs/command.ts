import { command, DIRECTORY, type Arguments, type Flags, type OptionsOf } from '../../cli/command.ts';

const words = {
  ...DIRECTORY,
  service: { text: 'one service; all of them without', completes: 'service' },
} as const satisfies Arguments;

const flags = {
  follow: { kind: 'switch', short: 'f', text: 'go on with what is written from now on' },
  since: {
    kind: 'value',
    value: 'time',
    text: 'only what was written since: a duration (10m), or a time (RFC 3339)',
  },
} as const satisfies Flags;

export type LogsOptions = OptionsOf<typeof flags, typeof words>;

export const logs = command({
  name: 'logs',
  summary: 'what the current tasks wrote, secrets taken out',
  arguments: words,
  flags,
  examples: ['bundle logs prod', 'bundle logs prod web -f --since 10m'],
  verbatim: true,
  json: {
    logs: (z) =>
      z.object({
        stack: z.string(),
        tasks: z.array(
          z.object({
            service: z.string(),
            task: z.string(),
            state: z
              .string()
              .describe('One that has ended is of a job, or stands for a slot whose next task has not started.'),
            node: z.string(),
            lines: z.array(
              z.object({
                at: z.string().optional(),
                text: z.string().describe('Redacted; of a line over 1 MiB its beginning, and that it was cut.'),
              }),
            ),
            trouble: z.string().optional().describe('Why its log could not be read.'),
          }),
        ),
        commands: z
          .array(z.string())
          .describe('Of a checkout that lacks a secret: what shows the logs, which are not quoted then.'),
      }),
  },
  run: () => import('./run.ts'),
});
