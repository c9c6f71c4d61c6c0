import { adopt, command, DIRECTORY, ignore, yes, type Flags, type OptionsOf } from '../../cli/command.ts';

const flags = { yes, adopt, ignore } as const satisfies Flags;

export type PrepareOptions = OptionsOf<typeof flags>;

export const prepare = command({
  name: 'prepare',
  summary: 'check, then make the missing Docker secrets and node labels',
  arguments: DIRECTORY,
  flags,
  examples: ['bundle prepare prod --yes'],
  json: {
    prepare: (z) =>
      z.object({
        stack: z.string(),
        done: z.array(z.string()).describe('What was made; empty if all was there.'),
        next: z
          .array(z.string())
          .describe(
            'For who deploys by hand, in order: commands of a shell, with those for node labels that move or go. `bundle ' +
              'deploy` does the same; it is the only one if there are reasons. Empty if the stack is up to date.',
          ),
        reasons: z
          .array(z.string())
          .describe('Why `bundle deploy` alone may do what is next, in stages; empty if docker may do it by hand.'),
      }),
  },
  run: () => import('./run.ts'),
});
