import { join, resolve } from 'node:path';
import { lineDiff, lineEndsOnly, onlyLineEnds } from '../../bundle/line-diff.ts';
import { refuseLongVariables } from '../../bundle/long-variables.ts';
import { FILE } from '../../bundle/names.ts';
import { isOfAnotherBuild } from '../../bundle/notes.ts';
import { EXIT, usageError, type ExitCode } from '../../errors.ts';
import { KEEP_BUILD, OTHER_BUILD, readBundle } from '../../project/bundle-dir.ts';
import { PUBLIC_FILE, readIfPresent } from '../../io/files.ts';
import { readNotes } from '../../io/read-notes.ts';
import { loadSecretStore } from '../../io/secret-store.ts';
import { finishWriting, UNFINISHED, writeFilesInto } from '../../io/write-files.ts';
import type { CommandIo } from '../../cli/io.ts';
import type { RenderOptions } from './command.ts';
import { keptEdit, keptEditTexts } from '../../project/kept-edit.ts';
import type { Printed } from '../../io/kept-result.ts';
import { refuseChanged, type Sources } from '../../io/sources.ts';
import { reporterOf } from '../../ui/reporter.ts';
import {
  comparedFiles,
  derivedFiles,
  isStale,
  notesFile,
  schemaFile,
  type Compared,
} from '../../project/render-files.ts';
import { bundleCommand } from '../../paste-commands.ts';
import { jsonText } from '../../json-text.ts';
import { planOf } from '../../bundle/plan-of.ts';

/**
 * `bundle render`: stack.yml and the runbook from bundle.yaml and bundle.lock.json. Offline, without `secrets/`; the
 * same two files give the same bytes on every machine.
 */
export async function run(options: RenderOptions, io: CommandIo): Promise<ExitCode> {
  if (options.target === 'run') return (await import('../../run-target/render.ts')).renderRun(options, io);
  if (options.network !== undefined || options.address.length > 0)
    throw usageError('usage', '--network and --address belong to --target run', ['add --target run']);
  const dir = resolve(io.cwd, options.dir);
  if (!options.check) await finishWriting(dir);
  const { bundle, lock, sources } = await readBundle(dir, io.stacks, options.dir);
  const plan = planOf(bundle);
  const asksSecrets = Object.keys(plan.variables ?? {}).length > 0;
  if (asksSecrets)
    refuseLongVariables(plan, (await loadSecretStore(join(dir, FILE.secrets), plan.secrets, lock)).materials);
  const { stack, readme } = derivedFiles(bundle, lock);
  const derived = await comparedFiles(dir, [stack, readme]);
  const stale = derived.filter(isStale);
  const notes = await readNotes(dir);
  const before = stale.find(({ path }) => path === stack.path)?.before;
  if (options.check) {
    const otherBuild = before !== undefined && isOfAnotherBuild(notes, before, sources);
    return reportCheck(bundle.name, options.dir, { stale, otherBuild }, io);
  }
  // For editors only, and it changes with bundle itself: `init` keeps it up to date, here it is only not to be missing.
  const schema = await readIfPresent(join(dir, FILE.schema));
  const all = schema ? stale : [...stale, { ...(await schemaFile(io.stacks)), before: undefined }];
  const kept = await keptEdit(dir, notes, before, stack.content);
  const noted = await comparedFiles(dir, [notesFile(notes, stack, sources)]);
  const files = [...kept, ...noted.filter(isStale), ...all];
  await writeFilesInto(
    dir,
    files.map(({ path, content }) => ({ path, content, mode: PUBLIC_FILE })),
    () => refuseChanged(dir, options.dir, sources),
  );
  for (const text of keptEditTexts(kept, options.dir)) reporterOf(io).warn(text);
  const written = [...kept, ...all].map(({ path }) => path);
  const text =
    written.length === 0
      ? `${bundle.name}: up to date\n`
      : `${bundle.name}: rendered ${written.map((path) => join(options.dir, path)).join(', ')}\n`;
  if (io.json) io.stdout(jsonText({ stack: bundle.name, directory: options.dir, written }));
  else io.stdout(text);
  if (files.length === 0 && !asksSecrets)
    io.keep?.({ text, files: filesRead(sources, [...derived, ...noted], schema) });
  return EXIT.done;
}

/**
 * All that a `render` which writes nothing follows from, but the build: of the schema only that it is there. Without
 * `secrets/`: their length counts if they become variables, and what they are taken for depends on the day.
 */
const filesRead = (
  [answers, lock]: Sources,
  compared: readonly Compared[],
  schema: Buffer | undefined,
): Printed['files'] => ({
  ...Object.fromEntries(UNFINISHED.map((name) => [name, undefined])),
  [FILE.answers]: answers,
  [FILE.lock]: lock,
  [FILE.schema]: schema,
  ...Object.fromEntries(compared.map(({ path, before }) => [path, before])),
});

interface Looked {
  stale: Compared[];
  /** Another build rendered stack.yml from the same files. */
  otherBuild: boolean;
}

function reportCheck(name: string, shown: string, { stale, otherBuild }: Looked, io: CommandIo): ExitCode {
  if (io.json) {
    const differs = stale.map(({ path, content, before }) => {
      if (before === undefined) return { file: path, missing: true };
      const { added, removed } = lineDiff(before, content);
      return {
        file: path,
        missing: false,
        added,
        removed,
        ...(onlyLineEnds(before, content) && { onlyLineEnds: true as const }),
        ...(path === FILE.stack && otherBuild && { otherBuild: true as const }),
      };
    });
    io.stdout(jsonText({ stack: name, directory: shown, upToDate: stale.length === 0, differs }));
  } else if (stale.length === 0) io.stdout(`${name}: up to date\n`);
  else for (const file of stale) io.stdout(differenceText(shown, file, file.path === FILE.stack && otherBuild));
  if (stale.length > 0 && !io.json) {
    io.stderr(`→ \`${bundleCommand('render', { dir: shown })}\`\n`);
    if (otherBuild) io.stderr(`→ ${KEEP_BUILD}\n`);
  }
  return stale.length === 0 ? EXIT.done : EXIT.pending;
}

function differenceText(shown: string, { path, content, before }: Compared, otherBuild: boolean): string {
  const file = join(shown, path);
  if (before === undefined) return `${file} is missing\n`;
  if (onlyLineEnds(before, content)) return `${file} differs from what the bundle renders ${lineEndsOnly(before)}\n`;
  const { added, removed, lines, more } = lineDiff(before, content);
  const rest = more > 0 ? [`… ${more} more lines`] : [];
  const why = otherBuild ? `${OTHER_BUILD}; this one renders it otherwise` : 'differs from what the bundle renders';
  return (
    `${file} ${why}: ${removed} lines out, ${added} ` +
    `in\n${[...lines, ...rest].map((line) => `  ${line}\n`).join('')}`
  );
}
