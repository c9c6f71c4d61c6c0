import { command, type Arguments, type Command, type OptionsOf } from '../../cli/command.ts';

const words = {
  name: { text: 'bundle, or a command', default: 'bundle', completes: 'schema' },
} as const satisfies Arguments;

export type SchemaOptions = OptionsOf<object, typeof words>;

/** @param all the commands whose documents have a schema */
export const schema = (all: () => readonly Command[]): Command =>
  command({
    name: 'schema',
    summary: 'print the JSON Schema of bundle.yaml, or of a command’s --json output',
    arguments: words,
    flags: {},
    examples: ['bundle schema', 'bundle schema verify'],
    verbatim: true,
    json: {},
    run: async () => {
      const { run } = await import('./run.ts');
      return { run: (options: SchemaOptions, io) => run(options, io, all()) };
    },
  });
