import { command, type Arguments, type OptionsOf } from '../../cli/command.ts';

const words = {
  action: { text: 'what to do; without it, whether it is installed', choices: ['install', 'remove'] },
} as const satisfies Arguments;

export type PluginOptions = OptionsOf<object, typeof words>;

export const plugin = command({
  name: 'plugin',
  summary: 'make this program `docker bundle`, a plugin of the docker CLI',
  arguments: words,
  flags: {},
  examples: ['bundle plugin install', 'bundle plugin remove'],
  json: {
    plugin: (z) =>
      z.object({
        file: z.string().describe('The plugin’s place among those of the docker CLI.'),
        program: z.string().describe('What is run by it.').optional(),
        changed: z.boolean(),
      }),
  },
  run: () => import('./run.ts'),
});
