import { errnoText } from './errno.ts';
import { EXIT, BundleError, messageOf, usageError, type ExitCode } from './errors.ts';
import type { Catalogue } from './bundle/catalogue.ts';
import type { CommandIo } from './cli/io.ts';
import { RegistryLookup } from './checks/registry-lookup.ts';
import { roomIn } from './cli/room.ts';
import { runCli } from './cli.ts';
import { COMMAND_NAMES } from './commands/names.ts';
import { asStarted, startedAs } from './cli/started-as.ts';
import { version } from './version.ts';
import { jsonText } from './json-text.ts';

/** The process edge: argv, signals, errors to text and exit code. Nothing else in `src/` ends the process. */
async function main(args: string[], stacks: Catalogue, keep: CommandIo['keep']): Promise<ExitCode> {
  const program = startedAs(process.argv[1] ?? '', process.env);
  const cwd = workingDirectory();
  let argv = args;
  let io: CommandIo = { ...processIo(argv, process.env, program, stacks, cwd), ...(keep && { keep }) };
  try {
    if (program === 'docker bundle') {
      const { METADATA_COMMAND, onDockerInterrupt, pluginCall, pluginMetadata } =
        await import('./cli/docker-plugin.ts');
      if (args[0] === METADATA_COMMAND) {
        process.stdout.write(pluginMetadata(version()));
        return EXIT.done;
      }
      const call = pluginCall(args, process.env, COMMAND_NAMES);
      argv = call.argv;
      io = processIo(argv, call.env, call.program, stacks, cwd);
      if (call.socket !== undefined) onDockerInterrupt(call.socket, interruptedByDocker);
    }
    if (cwd === undefined) throw noWorkingDirectory();
    return await runCli(argv, io, version());
  } catch (error) {
    return await report(error, io);
  }
}

/** Undefined if it is gone, as after `git switch` to a branch without it. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** Another one may be there under its name: the shell stays in the one that was removed. */
const noWorkingDirectory = (): BundleError =>
  usageError('no-working-directory', 'the working directory is gone: it was removed while this shell was in it', [
    'cd "$PWD"',
    'if that fails, it is not there under its name either: cd to another directory',
  ]);

const controller = new AbortController();
/** Aborted when results have no reader any more, or no room. */
const unread = new AbortController();
/** Why a result could not be written; a pipe that its reader closed is no failure. */
let unwritten: Error | undefined;
/** Whether anything was printed as a result: of JSON that is the one document. */
let printed = false;
/** A signal that tells of the same interruption once more, if it comes soon: of any name, or of one. */
let echo: { name?: NodeJS.Signals; since: number } | undefined;
const ECHO_MS = 1000;

/** The signal that makes the docker CLI close the socket may reach this process as well: both are one interruption. */
function interruptedByDocker(): void {
  if (controller.signal.aborted) return;
  echo = { since: performance.now() };
  controller.abort(new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted }));
}

/** Whether a signal tells of an interruption that is known. Each is told once more at most: the next one is meant. */
function isEcho(name: NodeJS.Signals): boolean {
  const awaited = echo;
  echo = undefined;
  return awaited !== undefined && (awaited.name ?? name) === name && performance.now() - awaited.since < ECHO_MS;
}

/** Signals abort the work, once; the second one ends the process. */
function listen(): void {
  // A terminal's signal reaches its whole process group, and npm hands it on to what it runs (`npx`, `npm run`): where
  // sh executes its last command in its own place (bash, busybox), that is this process (@npmcli/run-script 10.0.4:
  // lib/signal-manager.js).
  const byNpm = process.env['npm_command'] !== undefined;
  for (const [name, code] of [
    ['SIGINT', EXIT.interrupted],
    ['SIGTERM', EXIT.terminated],
    ['SIGHUP', EXIT.terminated],
  ] as const) {
    process.on(name, () => {
      if (isEcho(name)) return;
      // The second signal means it: leave at once.
      if (controller.signal.aborted) process.exit(code);
      if (byNpm) echo = { name, since: performance.now() };
      controller.abort(new BundleError('interrupted', 'interrupted', { exit: code }));
    });
  }
  // What is under way goes on to its end though nobody reads it (`bundle status | head`): its exit code is true.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') unwritten = error;
    unread.abort();
  });
  process.stderr.on('error', () => undefined);
}

/** @param cwd undefined if it is gone: then nothing is run */
function processIo(
  argv: string[],
  env: NodeJS.ProcessEnv,
  program: string,
  stacks: Catalogue,
  cwd: string | undefined,
): CommandIo {
  return {
    stacks,
    program,
    stdin: process.stdin,
    stdout: (text) => {
      printed = true;
      process.stdout.write(text);
    },
    room: roomIn(process.stdout, AbortSignal.any([controller.signal, unread.signal])),
    stderr: (text) => void process.stderr.write(asStarted(text, program)),
    terminal: process.stderr,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    env,
    cwd: cwd ?? '',
    signal: controller.signal,
    unread: unread.signal,
    json: argv.includes('--json') || /(^| )--format[ =]json( |$)/.test(argv.join(' ')),
    quiet: argv.includes('--quiet') || argv.includes('-q'),
    color: !argv.includes('--no-color') && process.stderr.isTTY === true && !process.env['NO_COLOR'],
    registry: new RegistryLookup(),
  };
}

/**
 * Prints an error once, as text or as the one JSON document, and gives the exit code. After a result it is text in any
 * case. On a terminal its lines are folded; a file or a pipe gets each whole.
 */
async function report(error: unknown, io: CommandIo): Promise<ExitCode> {
  const known = asBundleError(error, io.signal);
  const exit = exitOf(known, io.signal);
  if (io.json && !printed) {
    const { code, message, hints, details } = known;
    const error = { code, message, hints, ...(details === undefined ? {} : { details }) };
    io.stdout(asStarted(jsonText({ error, exit }), io.program, true));
  } else {
    const lines = [`bundle: ${known.message}`, ...known.hints.map((hint) => `  → ${hint}`)]
      .flatMap((text) => text.split('\n'))
      .map((line) => asStarted(line, io.program));
    const shown = process.stderr.isTTY ? await folded(lines, io.env) : lines;
    process.stderr.write(`${shown.join('\n')}\n`);
  }
  if (known.code === 'bug' && error instanceof Error && error.stack) io.stderr(`${error.stack}\n`);
  return exit;
}

/** Whoever words an interruption does not know which signal it was. */
const exitOf = ({ exit }: BundleError, { aborted, reason }: AbortSignal): ExitCode =>
  exit === EXIT.interrupted && aborted && reason instanceof BundleError ? reason.exit : exit;

async function folded(lines: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const { columnsOf, fold } = await import('./ui/layout.ts');
  const width = columnsOf(process.stderr, env);
  return lines.flatMap((line) => fold(line, width));
}

function asBundleError(error: unknown, signal: AbortSignal): BundleError {
  if (error instanceof BundleError) return error;
  if (signal.aborted && signal.reason instanceof BundleError) return signal.reason;
  return new BundleError('bug', `unexpected error: ${messageOf(error)}`, {
    hints: ['this is a bug in bundle; please report it with the lines below'],
  });
}

/**
 * Runs a command and ends the process.
 * @param stacks what can be deployed
 * @param keep as the command's process has it
 */
export async function run(args: string[], stacks: Catalogue, keep?: CommandIo['keep']): Promise<never> {
  listen();
  const exit = await main(args, stacks, keep);
  // That something could not be written is told in the next turn only: without it a full disk would be no failure.
  await new Promise((resolve) => setImmediate(resolve));
  await flushed(process.stdout);
  if (unwritten !== undefined) process.stderr.write(`bundle: cannot write the result: ${errnoText(unwritten)}\n`);
  await flushed(process.stderr);
  // Now: idle sockets and compile threads would keep the process for some 20 ms.
  process.exit(unwritten !== undefined && exit === EXIT.done ? EXIT.failed : exit);
}

/**
 * Resolves when all that was written is out. A pipe takes 64 KiB, and the rest when its reader has read: Node does not
 * write that at once on Linux, whatever its documentation says (20.20; api/process.html, "A note on process I/O").
 */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return stream.writableLength === 0
    ? Promise.resolve()
    : new Promise((resolve) => void stream.write('', () => resolve()));
}
