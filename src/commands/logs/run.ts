import { join, resolve } from 'node:path';
import { FILE } from '../../bundle/names.ts';
import { readIfPresent } from '../../io/files.ts';
import { kindOfPath } from '../../io/files.ts';
import type { Redactor } from '../../ui/redact.ts';
import type { CommandIo } from '../../cli/io.ts';
import { durationNanoseconds } from '../../compose/duration.ts';
import { spanOption } from '../../duration-option.ts';
import type { LogsOptions } from './command.ts';
import { reporterOf } from '../../ui/reporter.ts';
import { load } from '../../project/bundle-dir.ts';
import { askManager, withEngine } from '../../cli/with-engine.ts';
import { dockerCommand, type Named } from '../../paste-commands.ts';
import { shellWord } from '../../shell-word.ts';
import { hasEnded, type Engine } from '../../engine/port.ts';
import { EXIT, messageOf, usageError, type ExitCode } from '../../errors.ts';
import { withoutEscapes } from '../../ui/quote.ts';
import { readRedactor, redactorOf } from '../../verify/bundle/redactor.ts';
import { Lines, LONGEST_SHOWN, type LogLine } from '../../verify/tasks/lines.ts';
import { logRemedy, logWords } from '../../verify/tasks/log-stream.ts';
import { jsonText } from '../../json-text.ts';
import { KeptLines, type KeptLine } from './kept-lines.ts';
import { label, sourcesOf, type Source } from './sources.ts';

const CUT = ' … (the line is longer than 1 MiB: its rest is left out)';

/**
 * A line as a terminal may show it: no secret, no escape sequence, no control character; its indent stays. Of one that
 * is too long its beginning, up to where half a secret may stand, and that it goes on.
 */
function shown({ text, part }: LogLine, redactor: Redactor): string {
  const clean = redactor(withoutEscapes(text));
  const kept = part ? clean.slice(0, Math.max(0, clean.length - redactor.reach)) : clean;
  return `${kept.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]+/g, ' ').trimEnd()}${part ? CUT : ''}`;
}

/**
 * `bundle logs`: what the current tasks wrote, and the ended ones before those that have not started, through the
 * redactor. A checkout that lacks a secret which runs cannot tell it from other words: it prints the docker commands
 * instead.
 */
export async function run(options: LogsOptions, io: CommandIo): Promise<ExitCode> {
  const follow = options.follow === true;
  if (follow && io.json)
    throw usageError('usage', '--follow and --json exclude each other: the one document would never end', [
      'leave one of them out',
    ]);
  const since = sinceTime(options.since);
  const { dir, service } = await dirAndService(options, io);
  const loaded = await load({ ...options, dir }, io, { ifOld: 'unread' });
  const { name } = loaded.directory.bundle;
  const known = Object.keys(loaded.document.services);
  if (service !== undefined && !known.includes(service))
    throw usageError('unknown-service', `${name} has no service "${service}"`, [`services: ${known.join(', ')}`]);
  const wanted = service === undefined ? known : [service];
  const commands = (why: string): ExitCode =>
    printCommands(name, wanted, { follow, since: forDocker(options.since, since), engine: options, why }, io);
  const here = redactorOf(loaded, { services: [], tasks: [], secrets: [] });
  if (!here.quotes) return commands(here.why);
  return withEngine(options, io, async (engine) => {
    await askManager(engine);
    // First, so that an engine which does not tell what runs is said to.
    const sources = await findSources(engine, name, wanted);
    const redactor = await readRedactor(engine, loaded);
    if (!redactor.quotes) return commands(redactor.why);
    const reporter = reporterOf(io);
    const width = Math.max(0, ...sources.map((source) => label(source).length));
    const kept = new KeptLines(name);
    const reading = { since, follow, enough: kept.full };
    const all = await Promise.all(
      sources.map(async (source) => {
        const lines: KeptLine[] = [];
        const trouble = await readTask(engine, source, reading, io, (line) => {
          const text = shown(line, redactor);
          if (io.json) kept.add(lines, { ...(line.time === undefined ? {} : { at: line.time }), text });
          else io.stdout(`${label(source).padEnd(width)} | ${text}\n`);
        });
        const words = trouble === undefined ? undefined : redactor(trouble);
        if (words !== undefined) reporter.warn(`${label(source)}: its log could not be read: ${words}`);
        const { task, node } = source;
        return {
          service: source.service,
          task: task.id,
          state: task.state,
          node,
          lines,
          ...(words === undefined ? {} : { trouble: words }),
        };
      }),
    );
    kept.full.throwIfAborted();
    // What was read until then is no result; what was followed has no other end.
    if (!follow) io.signal.throwIfAborted();
    if (io.json) io.stdout(jsonText({ stack: name, tasks: all, commands: [] }));
    for (const missing of wanted.filter((each) => !sources.some((source) => source.service === each)))
      reporter.warn(
        `${missing} has no task of its newest version that has started: ` +
          `\`${dockerCommand(options, 'service', 'ps', '--no-trunc', `${name}_${missing}`)}\``,
      );
    return all.some(({ trouble }) => trouble !== undefined) ? EXIT.failed : EXIT.done;
  });
}

/** One word alone is the service if it is no directory and the working directory is a bundle. */
async function dirAndService({ dir, service }: LogsOptions, io: CommandIo): Promise<{ dir: string; service?: string }> {
  const isBundle = async (path: string): Promise<boolean> =>
    (await readIfPresent(join(resolve(io.cwd, path), FILE.answers))) !== undefined;
  if (service !== undefined) return { dir, service };
  const alone = (await kindOfPath(resolve(io.cwd, dir))) === undefined && (await isBundle('.'));
  return alone ? { dir: '.', service: dir } : { dir };
}

/** `--since` as a time. @throws BundleError (exit 2) */
function sinceTime(since: string | undefined): string | undefined {
  if (since === undefined) return undefined;
  if (/^\d{4}-\d\d-\d\dT/.test(since) && !Number.isNaN(Date.parse(since))) return new Date(since).toISOString();
  const form = 'write how long ago, for example 10m, 36h or 2d, or a time such as 2026-01-31T08:00:00Z';
  return new Date(Date.now() - spanOption('--since', since, form)).toISOString();
}

/** Docker knows no days, and reads fewer forms of a time. @param time the same as `sinceTime` reads it */
const forDocker = (since: string | undefined, time: string | undefined): string | undefined =>
  since !== undefined && durationNanoseconds(since) !== undefined ? since : time;

function printCommands(
  stack: string,
  services: readonly string[],
  {
    follow,
    since,
    engine,
    why,
  }: { follow: boolean; since: string | undefined; engine: Omit<Named, 'dir'>; why: string },
  io: CommandIo,
): ExitCode {
  const flags = [...(follow ? ['--follow'] : []), ...(since === undefined ? [] : ['--since', shellWord(since)])];
  const commands = services.map((service) => dockerCommand(engine, 'service', 'logs', ...flags, `${stack}_${service}`));
  io.stderr(`note: no log is quoted here, since ${why}. These show it as it is:\n`);
  if (io.json) io.stdout(jsonText({ stack, tasks: [], commands }));
  else io.stdout(commands.map((command) => `${command}\n`).join(''));
  return EXIT.done;
}

async function findSources(engine: Engine, stack: string, wanted: readonly string[]): Promise<Source[]> {
  const [services, tasks, nodes] = await Promise.all([
    engine.services({ stack }),
    engine.tasks({ stack, upToDate: true }),
    engine.nodes(),
  ]);
  return sourcesOf(stack, wanted, { services, tasks, nodes });
}

/** Reads one task's log; why it could not be read, if so. */
async function readTask(
  engine: Engine,
  { task, tty, node, ready }: Source,
  { since, follow, enough }: { since: string | undefined; follow: boolean; enough: AbortSignal },
  io: CommandIo,
  onLine: (line: LogLine) => void,
): Promise<string | undefined> {
  const lines = new Lines({ timestamps: true, tty, upTo: LONGEST_SHOWN }, onLine);
  const signal = AbortSignal.any([io.signal, enough, ...(io.unread ? [io.unread] : [])]);
  // The swarm would wait for more of a task that has ended.
  const how = {
    follow: follow && !hasEnded(task),
    tty,
    timestamps: true,
    signal,
    ...(since === undefined ? {} : { since }),
  };
  try {
    for await (const frame of engine.taskLogs(task.id, how)) {
      if (frame.stream === 'system') {
        const words = logWords(frame.data);
        return `${words}; ${logRemedy(words, { node, ready, container: task.containerId })}`;
      }
      lines.push({ ...frame, stream: frame.stream });
      await io.room?.();
    }
    lines.end();
    return undefined;
  } catch (error) {
    if (io.signal.aborted) throw error;
    if (signal.aborted) return undefined;
    return messageOf(error);
  }
}
