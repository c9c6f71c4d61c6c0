/**
 * How many files a reader opens to follow `bundle deploy`: the static imports of the command, types too, followed
 * within the folders of the application layer. `node scripts/run.mjs scripts/deploy-reach.ts` lists them; a unit test
 * holds them to the limit.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const FOLDERS = ['commands', 'cli', 'project', 'deploy'];

/** Both files of the command; what it does is imported lazily. */
export const START = ['commands/deploy/command.ts', 'commands/deploy/run.ts'];
export const MOST_FILES = 10;
export const MOST_LINES = 250;

export interface Reached {
  /** Within src/. */
  file: string;
  lines: number;
}

/** The files that are reached from those of `start` by static imports within the application layer, in that order. */
export function reachedFrom(start: readonly string[], src = SRC): Reached[] {
  const found = new Map<string, Reached>();
  const open = [...start];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    if (found.has(file)) continue;
    const text = readFileSync(join(src, file), 'utf8');
    found.set(file, { file, lines: text.trimEnd().split('\n').length });
    const from = dirname(join(src, file));
    open.push(
      ...importsOf(text)
        .map((specifier) => relative(src, join(from, specifier)))
        .filter((path) => FOLDERS.includes(path.split('/')[0] ?? '')),
    );
  }
  return [...found.values()];
}

/** Relative specifiers of `import … from`, `import type` and `export … from`; `import(…)` is not static. */
export function importsOf(text: string): string[] {
  const { statements } = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest);
  return statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text.startsWith('.')
      ? [moduleSpecifier.text]
      : [];
  });
}

/** What is above the limits, in words; none if all is well. */
export function excess(reached: readonly Reached[]): string[] {
  return [
    ...(reached.length > MOST_FILES ? [`${reached.length} files; at most ${MOST_FILES}`] : []),
    ...reached
      .filter(({ lines }) => lines > MOST_LINES)
      .map(({ file, lines }) => `${file}: ${lines} lines; at most ${MOST_LINES}`),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reached = reachedFrom(START);
  for (const { file, lines } of reached) process.stdout.write(`${String(lines).padStart(4)} ${file}\n`);
  for (const text of excess(reached)) process.stdout.write(`too much: ${text}\n`);
  process.exitCode = excess(reached).length > 0 ? 1 : 0;
}
