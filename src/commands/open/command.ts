import { command, DIRECTORY, type OptionsOf } from '../../cli/command.ts';

export type OpenOptions = OptionsOf<object>;

export const open = command({
  name: 'open',
  summary: 'how to reach it: addresses, whom to trust, what the first visitor becomes; asks no engine',
  arguments: DIRECTORY,
  flags: {},
  examples: ['bundle open prod'],
  json: {
    open: (z) =>
      z.object({
        stack: z.string(),
        ways: z.array(
          z.object({
            title: z.string(),
            url: z.string().optional().describe('To open or to dial; a way has this or a file.'),
            file: z
              .object({ name: z.string(), text: z.string().describe('Names the files in secrets/; holds no value.') })
              .optional()
              .describe('What a client takes.'),
            notes: z.array(z.string()).optional(),
          }),
        ),
        trust: z
          .array(
            z.object({
              secret: z.string(),
              path: z.string(),
              here: z.boolean().describe('Whether the file is on this machine.'),
              subject: z.string().optional(),
              sha256: z.string().optional(),
              notAfter: z.string().optional(),
            }),
          )
          .describe('CA certificates that clients must trust.'),
        risks: z.array(z.string()).describe('What whoever can reach it may do, or see.'),
        first: z.array(z.string()).describe('What must be done, or known, once after the first deployment.'),
      }),
  },
  run: () => import('./run.ts'),
});
