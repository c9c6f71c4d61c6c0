import { releaseNumber } from '../../release/number.ts';
import { renderStack } from '../../compose/render.ts';
import { EXIT, usageError, type ExitCode } from '../../errors.ts';
import { NO_RELEASE } from '../../release/choose.ts';
import type { StoredRelease } from '../../release/record.ts';
import { readHistory } from '../../release/store.ts';
import { numberIn, unreadRelease } from '../../release/unread.ts';
import { createStyle, type Style } from '../../ui/style.ts';
import { table } from '../../ui/table.ts';
import type { CommandIo } from '../../cli/io.ts';
import type { HistoryOptions } from './command.ts';
import { askManager, withEngine } from '../../cli/with-engine.ts';
import { readBundle } from '../../project/bundle-dir.ts';
import { resolve } from 'node:path';
import { jsonText } from '../../json-text.ts';

/** `bundle history`: the releases that the swarm remembers, newest first; with --release the stack file of one. */
export async function run(options: HistoryOptions, io: CommandIo): Promise<ExitCode> {
  const wanted = options.release === undefined ? undefined : releaseNumber('--release', options.release);
  const {
    bundle: { name },
  } = await readBundle(resolve(io.cwd, options.dir), io.stacks, options.dir);
  return withEngine(options, io, async (engine) => {
    await askManager(engine);
    const { releases, unreadable } = await readHistory(engine, name);
    if (wanted !== undefined) {
      const found = releases.find(({ number }) => number === wanted);
      if (!found && unreadable.some((each) => numberIn(each) === wanted)) throw unreadRelease(name, wanted);
      if (!found)
        throw usageError('no-release', `there is no release ${wanted} of ${name}`, ['`bundle history` lists them']);
      io.stdout(
        io.json
          ? jsonText({ stack: name, releases: [releaseJson(found)], unreadable })
          : renderStack({
              document: found.document,
              heading: [`Release ${found.number} of ${name}, ${found.at}, ${found.by}`],
              comments: {},
            }),
      );
      return EXIT.done;
    }
    if (io.json) io.stdout(jsonText({ stack: name, releases: releases.map(releaseJson), unreadable }));
    else
      io.stdout(
        releases.length === 0
          ? `${NO_RELEASE.why(name)}\n`
          : `${historyTable(releases, createStyle(process.stdout, { color: io.color }))}\n`,
      );
    if (releases.length + unreadable.length === 0) io.stderr(`note: ${NO_RELEASE.hint}\n`);
    for (const record of unreadable) io.stderr(`note: ${record} is not readable by this version of bundle\n`);
    return EXIT.done;
  });
}

function historyTable(releases: StoredRelease[], style: Style): string {
  const head = ['RELEASE', 'WHEN', 'BY', 'STATE', 'SERVICES', 'WHAT CHANGED'].map((cell) => style.bold(cell));
  return table([
    head,
    ...releases.map((release, index) => [
      String(release.number),
      release.at.replace(/\.\d+Z$/, 'Z'),
      release.by,
      stateText(release, style),
      String(Object.keys(release.document.services).length),
      whatChanged(release, releases[index + 1]),
    ]),
  ]);
}

function stateText({ state, note }: StoredRelease, style: Style): string {
  const text = note === '' ? state : `${state} (${note})`;
  return state === 'failed'
    ? style.red(text)
    : state === 'verified' || state === 'converged'
      ? style.green(text)
      : style.yellow(text);
}

/** Against the release before it: names only. */
function whatChanged({ document, rollbackOf }: StoredRelease, before: StoredRelease | undefined): string {
  if (rollbackOf !== undefined) return `back to release ${rollbackOf}`;
  if (!before) return '';
  const keys = (a: object, b: object) => [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const services = keys(document.services, before.document.services).filter(
    (name) => JSON.stringify(document.services[name]) !== JSON.stringify(before.document.services[name]),
  );
  const secrets = keys(document.secrets, before.document.secrets).filter(
    (name) => document.secrets[name]?.name !== before.document.secrets[name]?.name,
  );
  const words = [...services, ...secrets.map((name) => `secret ${name}`)];
  return words.length > 4 ? `${words.slice(0, 3).join(', ')} and ${words.length - 3} more` : words.join(', ');
}

/** A release as --json prints it. */
function releaseJson({
  number,
  at,
  by,
  tool,
  state,
  note,
  images,
  document,
  nodeLabels,
  rollbackOf,
}: StoredRelease): object {
  const secrets = Object.values(document.secrets).map(({ name }) => name);
  return {
    number,
    at,
    by,
    tool,
    state,
    ...(note === '' ? {} : { note }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    images,
    secrets,
    nodeLabels,
    document,
  };
}
