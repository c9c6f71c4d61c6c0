import { Argument, Command as Tree, CommanderError, Option } from 'commander';
import { COMMON, COMPLETE, usageOf, type Command, type Flag } from './cli/command.ts';
import type { CommandIo } from './cli/io.ts';
import { asStarted, isPlugin } from './cli/started-as.ts';
import { commands } from './commands/index.ts';
import { EXIT, EXIT_MEANINGS, usageError, type ExitCode } from './errors.ts';

/**
 * The command tree, made of the command objects. A command imports what it does when it runs, so that help and version
 * load none of it.
 * @returns the exit code @throws BundleError
 */
export async function runCli(argv: string[], io: CommandIo, version: string): Promise<ExitCode> {
  if (argv[0] === COMPLETE) {
    const { complete } = await import('./cli/complete.ts');
    const found = await complete(argv.slice(1), { commands, cwd: io.cwd, stacks: io.stacks });
    const lines = found.map(({ word, about }) => `${word}${about === undefined ? '' : `\t${about}`}\n`);
    if (isPlugin(io.program)) lines.push((await import('./cli/docker-plugin.ts')).directiveFor(found));
    io.stdout(lines.join(''));
    return EXIT.done;
  }
  let exit: ExitCode = EXIT.done;
  const named = { ...io, stdout: (text: string) => io.stdout(asStarted(text, io.program, io.json)) };
  const program = bare(new Tree(io.program), named)
    .description('Turns answers into a secured, verified cluster on Docker Swarm.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', AFTER)
    .showHelpAfterError(false);
  const stacks = `: ${io.stacks.map(({ name }, index) => (index === 0 ? `${name} (the default)` : name)).join(', ')}`;
  // The tree of all of them is for help, and for a word that none of them is called.
  const asked = commands.filter(({ name }) => name === argv[0]);
  for (const command of asked.length > 0 ? asked : commands) {
    const tree = addTo(program, command, stacks, named);
    tree.action(async () => {
      exit = await command.start(valuesOf(command, tree), command.verbatim === true ? io : named);
    });
  }
  try {
    if (argv.length === 0) {
      named.stdout(program.helpInformation() + AFTER);
      return EXIT.usage;
    }
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    const message = error.message.replace(/^error: /, '');
    const of = asked.length > 0 ? `${argv[0]} ` : '';
    throw usageError('usage', message === '(outputHelp)' ? 'which command?' : message, [
      `\`bundle ${of}--help\` shows what there is`,
    ]);
  }
  return exit;
}

/** A command of commander that ends no process and writes where it is told. */
function bare(tree: Tree, { stdout }: Pick<CommandIo, 'stdout'>): Tree {
  return tree
    .helpOption('-h, --help', 'print help')
    .configureOutput({ writeOut: stdout, writeErr: () => {} })
    .exitOverride();
}

/** A command object as one of commander’s. @param stacks names of the catalogue, for help */
function addTo(program: Tree, command: Command, stacks: string, io: Pick<CommandIo, 'stdout'>): Tree {
  const made = bare(program.command(command.name), io).description(command.summary);
  for (const [key, flag] of Object.entries({ ...COMMON, ...command.flags }))
    made.addOption(optionOf(key, flag, stacks));
  for (const [name, { text, default: fallback, choices }] of Object.entries(command.arguments)) {
    const word = new Argument(`[${name}]`, text).default(fallback);
    made.addArgument(choices ? word.choices(choices) : word);
  }
  return command.examples ? made.addHelpText('after', examplesOf(command.examples)) : made;
}

/** What the command line gave, by option: a list that was not given is empty. */
function valuesOf({ arguments: words, flags }: Command, tree: Tree): Record<string, unknown> {
  const none = Object.entries(flags).flatMap(([key, { kind }]) => (kind === 'list' ? [[key, []] as const] : []));
  const given = Object.keys(words).flatMap((name, index) => {
    const value: unknown = tree.processedArgs[index];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(none), ...tree.opts(), ...Object.fromEntries(given) };
}

/** A flag as commander's option. */
function optionOf(key: string, flag: Flag, stacks: string): Option {
  const names = flag.kind === 'value' && flag.completes === 'stack' ? stacks : '';
  const option = new Option(usageOf(key, flag), `${flag.text}${names}`);
  if (flag.kind === 'list') return option.argParser((value: string, all: string[] = []) => [...all, value]);
  if (flag.kind === 'value') {
    if (flag.choices) option.choices(flag.choices);
    if (flag.default !== undefined) option.default(flag.default);
    takeOnce(option);
  }
  return option;
}

/** One value is all that it takes: of two, the first would be dropped without a word. */
function takeOnce(option: Option): void {
  const { parseArg } = option;
  let given = false;
  option.argParser<unknown>((value, previous) => {
    if (given)
      throw usageError('usage', `${option.long ?? option.flags} is given twice, and takes one value`, [
        'leave one of them out',
      ]);
    given = true;
    return parseArg ? parseArg(value, previous) : value;
  });
}

const examplesOf = (lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;

const AFTER = `
A first cluster:
  bundle init prod        ask, make a CA, a token and stack.yml
  bundle deploy prod      make the secrets, deploy, wait, verify
  bundle status prod      how it is

Exit codes: ${exitCodes(0, 5)},
${exitCodes(6, 8)},
${exitCodes(130, 143)}.
`;

/** `0 done, 1 failed`, of the codes from one to another. */
function exitCodes(from: number, to: number): string {
  return Object.entries(EXIT_MEANINGS)
    .filter(([code]) => Number(code) >= from && Number(code) <= to)
    .map(([code, meaning]) => `${code} ${meaning}`)
    .join(', ');
}
