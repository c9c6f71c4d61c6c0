import type * as zod from 'zod';
import type { ZodParts } from '../zod-parts.ts';
import type { ExitCode } from '../errors.ts';
import type { CommandIo } from './io.ts';

/*
 * What a command is, as data: cli.ts makes commander's tree of it, completion its words, `scripts/reference.ts` its
 * page, `bundle schema` what it prints. Nothing heavy is imported here: help and completion load every command.
 */

/** What a word of the command line may be completed with. */
export type Completes = 'directory' | 'file' | 'stack' | 'service' | 'check' | 'checked' | 'schema';

interface AnyFlag {
  /** What it does, for help. */
  text: string;
  /** One letter that does the same. */
  short?: string;
}

/** An option of a command; its word is its key in kebab case. `off` is `--no-KEY`, and true unless it is given. */
export type Flag =
  | (AnyFlag & { kind: 'switch' | 'off' })
  | (AnyFlag & { kind: 'value'; value: string; default?: string; choices?: readonly string[]; completes?: Completes })
  | (AnyFlag & { kind: 'list'; value: string; completes?: Completes });

export type Flags = Readonly<Record<string, Flag>>;

/** A word without a dash; all may be left out. */
export interface Argument {
  text: string;
  default?: string;
  choices?: readonly string[];
  completes?: Completes;
}

export type Arguments = Readonly<Record<string, Argument>>;

/** What a flag gives the command. */
type Given<F> = F extends { kind: 'list' }
  ? string[]
  : F extends { kind: 'switch' | 'off' }
    ? boolean
    : F extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string;

/** Flags and arguments that are always there, given or not. */
type Always<T> = { [K in keyof T]: T[K] extends { kind: 'list' | 'off' } | { default: string } ? K : never }[keyof T];

/** The options of a command, by its flags and arguments. */
export type OptionsOf<F, A = typeof DIRECTORY> = {
  [K in Always<F & A>]: Given<(F & A)[K]>;
} & {
  [K in Exclude<keyof (F & A), Always<F & A>>]?: Given<(F & A)[K]>;
} & Pick<CommonOptions, 'context' | 'host'>;

/** Options that nearly every command takes. */
export interface CommonOptions {
  /** The bundle directory as the user named it. */
  dir: string;
  context?: string;
  host?: string;
}

/** Makes the schema of a JSON document; zod is loaded by `bundle schema` alone. */
export type JsonSchema = (z: ZodParts) => zod.ZodType;

/** What a command says of itself. */
interface Described<F, A> {
  name: string;
  /** In a line of help. */
  summary: string;
  arguments: A;
  flags: F;
  /** Command lines, with what they are for behind spaces. */
  examples?: readonly string[];
  /** What it prints is of others, and must not be changed: logs, documents. */
  verbatim?: boolean;
  /** What it prints with --json, by the name that `bundle schema` knows it by. */
  json: Readonly<Record<string, JsonSchema>>;
}

/** A command of which it is not known any more which options it takes. */
export interface Command extends Described<Flags, Arguments> {
  /** Loads and runs it. @param values by option, as the command line gave them */
  start(values: Readonly<Record<string, unknown>>, io: CommandIo): Promise<ExitCode>;
}

/** What a command does, which is loaded when it runs. */
interface Runs<O> {
  run: () => Promise<{ run: (options: O, io: CommandIo) => Promise<ExitCode> }>;
}

/**
 * A command, whose `run` takes the options that its flags and arguments give: an option that they do not have does not
 * compile.
 */
export function command<
  const F extends Flags,
  const A extends Arguments,
  O extends { [K in keyof O]: K extends keyof OptionsOf<F, A> ? unknown : never },
>(
  described: Described<F, A> & Runs<O> & (OptionsOf<F, A> extends O ? unknown : 'its flags do not give these options'),
): Command {
  const { run, ...rest }: Described<F, A> & Runs<O> = described;
  return {
    ...rest,
    async start(values, io) {
      // The flags give `O`, as the type above proves, and commander's options are made of the same flags.
      return (await run()).run(values as O, io);
    },
  };
}

/** The word that the shells' completion scripts call the program with; no command of a user's. */
export const COMPLETE = '__complete';

/** The documents that have a published schema: `error`, then those of each command. */
export const documentNames = (commands: readonly Command[]): string[] => [
  'error',
  ...commands.flatMap(({ json }) => Object.keys(json)),
];

/** `atOnce` as `at-once`. */
const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The word of a flag: `--at-once`, `--no-verify`. */
export const wordOf = (key: string, { kind }: Flag): string => `--${kind === 'off' ? 'no-' : ''}${kebab(key)}`;

/** The flag as help has it: `-f, --follow`, `--timeout <duration>`. */
export function usageOf(key: string, flag: Flag): string {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  return `${short}${wordOf(key, flag)}${'value' in flag ? ` <${flag.value}>` : ''}`;
}

/** The one argument of most commands. */
export const DIRECTORY = {
  dir: { text: 'bundle directory', default: '.', completes: 'directory' },
} as const satisfies Arguments;

/** Every command takes these. */
export const COMMON = {
  json: { kind: 'switch', text: 'one JSON document on standard output' },
  quiet: { kind: 'switch', short: 'q', text: 'no progress on standard error' },
  color: { kind: 'off', text: 'no colours' },
  context: { kind: 'value', value: 'name', text: 'docker context to use' },
  host: { kind: 'value', value: 'url', text: 'engine to use: unix://, tcp:// or ssh://' },
} as const satisfies Flags;

/** Options that several commands have in common. */
export const yes = { kind: 'switch', text: 'do not ask' } as const satisfies Flag;

export const adopt = {
  kind: 'switch',
  text: 'take over secrets of these names that bundle did not make',
} as const satisfies Flag;

export const ignore = {
  kind: 'list',
  value: 'name',
  text: 'do not fail on this check; may be repeated',
  completes: 'check',
} as const satisfies Flag;

export const timeout = {
  kind: 'value',
  value: 'duration',
  text:
    'how long to wait until all tasks run, and for each task that must stop first; if services restart one after the ' +
    'other, for each (10m, and for what stops as long as its stop grace allows)',
} as const satisfies Flag;

export const atOnce = {
  kind: 'switch',
  text: 'restart services of one role at the same time, not one after the other: faster, and an outage',
} as const satisfies Flag;

export const verifyAfterwards = { kind: 'off', text: 'do not verify afterwards' } as const satisfies Flag;
