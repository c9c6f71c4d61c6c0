/**
 * Figures of the sources, a line each: `node scripts/run.mjs scripts/house.ts`. With `--json` as one document.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Folders of code that is shipped. */
const SHIPPED = ['src', 'stacks', 'secrets'];
/** Those of which exported names are counted: stacks are apart from each other, and a unit test looks at each. */
const UNIQUE = ['src'];
const COLUMNS = 120;
/** By contract the same in several files: of a command's folder, what carries it out. */
const BY_CONTRACT = ['run'];
/** Reached as a whole alone, `phase.verify`: their names stand behind its own. */
const NAMESPACES = ['src/deploy/phases.ts'];

interface Source {
  /** Below the root. */
  path: string;
  lines: string[];
}

/** Every TypeScript file below a folder of the repository. */
export function sourcesOf(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort()
    .map((path) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').replace(/\n$/, '').split('\n') }));
}

const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/;

/** Names that several files declare and export, with these files. A name that is handed on counts once. */
export function repeatedNames(sources: readonly Source[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, lines } of sources) {
    if (NAMESPACES.includes(path)) continue;
    for (const line of lines) {
      const [, name] = EXPORT.exec(line) ?? [];
      if (name === undefined || BY_CONTRACT.includes(name)) continue;
      found.set(name, [...new Set([...(found.get(name) ?? []), path])]);
    }
  }
  return new Map([...found].filter(([, paths]) => paths.length > 1));
}

interface Figures {
  files: number;
  lines: number;
  medianLines: number;
  longest: { path: string; lines: number };
  over250Lines: string[];
  /** Share of lines, in percent. */
  over120Columns: number;
  names: number;
  repeatedNames: number;
}

/** The figures of these folders. */
export function figuresOf(folders: readonly string[]): Figures {
  const sources = folders.flatMap(sourcesOf);
  const lengths = sources.map(({ lines }) => lines.length).sort((a, b) => a - b);
  const all = sources.flatMap(({ lines }) => lines);
  const long = [...sources].sort((a, b) => b.lines.length - a.lines.length);
  const [longest] = long;
  const middle = lengths.length >> 1;
  const wide = all.filter((line) => [...line].length > COLUMNS).length;
  return {
    files: sources.length,
    lines: all.length,
    medianLines:
      lengths.length % 2 === 1 ? (lengths[middle] ?? 0) : ((lengths[middle - 1] ?? 0) + (lengths[middle] ?? 0)) / 2,
    longest: { path: longest?.path ?? '', lines: longest?.lines.length ?? 0 },
    over250Lines: long.filter(({ lines }) => lines.length > 250).map(({ path }) => path),
    over120Columns: Math.round((10_000 * wide) / Math.max(1, all.length)) / 100,
    names: sources.flatMap(({ lines }) => lines.filter((line) => EXPORT.test(line))).length,
    repeatedNames: repeatedNames(sources.filter(({ path }) => UNIQUE.some((folder) => path.startsWith(`${folder}/`))))
      .size,
  };
}

function text(title: string, figures: Figures): string {
  const { files, lines, medianLines, longest, over250Lines, over120Columns, names, repeatedNames: repeated } = figures;
  return [
    `${title}: ${lines} lines in ${files} files, median ${medianLines}`,
    `  longest ${longest.path} (${longest.lines}); over 250 lines: ${over250Lines.join(', ') || 'none'}`,
    `  ${over120Columns} % of the lines over ${COLUMNS} columns`,
    `  ${names} exported names, ${repeated} of src/ exported more than once`,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tests = ['test', 'scripts', 'findings'];
  const parts = { shipped: figuresOf(SHIPPED), tests: figuresOf(tests) };
  process.stdout.write(
    process.argv.includes('--json')
      ? `${JSON.stringify(parts, null, 2)}\n`
      : `${text(SHIPPED.join(', '), parts.shipped)}\n${text(tests.join(', '), parts.tests)}\n`,
  );
}
