/**
 * Writes docs/reference from what the program itself knows: `node scripts/run.mjs scripts/reference.ts`. A unit test
 * fails if a page is stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allDefinitions } from '../src/bundle/catalogue.ts';
import { bundleKeys } from '../src/bundle/keys.ts';
import { checks } from '../src/checks/index.ts';
import { COMMON, usageOf, type Command, type Flag } from '../src/cli/command.ts';
import { commands } from '../src/commands/index.ts';
import { EXIT, EXIT_MEANINGS } from '../src/errors.ts';
import { ENDED_SHORT } from '../src/start.ts';
import { stacks } from '../stacks/index.ts';
import { errorCodes } from './error-codes.ts';

const definitions = await allDefinitions(stacks);

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'docs/reference');
const MARK = '<!-- Written by scripts/reference.ts; do not edit. -->';

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}

const page = (title: string, ...parts: string[]): string => `${[MARK, `# ${title}`, ...parts].join('\n\n')}\n`;

function flagRows(flags: Readonly<Record<string, Flag>>): string[][] {
  return Object.entries(flags).map(([key, flag]) => [
    code(usageOf(key, flag)),
    flag.text + (flag.kind === 'value' && flag.choices ? `: ${flag.choices.map(code).join(', ')}` : ''),
    flag.kind === 'value' && flag.default !== undefined ? code(flag.default) : '',
  ]);
}

function commandPart({ name, summary, arguments: words, flags, examples, json }: Command): string {
  const usage = ['bundle', name, ...Object.keys(words).map((word) => `[${word}]`), '[options]'].join(' ');
  const own = Object.keys(flags).length > 0 ? table(['Option', 'What it does', 'Default'], flagRows(flags)) : '';
  const given = Object.entries(words).map(([word, { text, default: fallback, choices }]) =>
    [
      `- ${code(word)}${choices ? ` (${choices.map(code).join(', ')})` : ''}: ${text}`,
      ...(fallback === undefined ? [] : [`(default ${code(fallback)})`]),
    ].join(' '),
  );
  const documents = Object.keys(json).map((each) => code(`bundle schema ${each}`));
  return [
    `## bundle ${name}`,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    `\`\`\`text\n${[usage, ...(examples ? ['', ...examples] : [])].join('\n')}\n\`\`\``,
    given.join('\n'),
    own,
    documents.length === 0 ? '' : `With \`--json\`: ${documents.join(', ')}.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const commandsPage = (): string =>
  page(
    'Commands',
    'Every command takes these:',
    table(['Option', 'What it does', 'Default'], flagRows(COMMON)),
    ...commands.map(commandPart),
  );

const answersPage = (): string =>
  page(
    'bundle.yaml',
    'Every key, by stack. A key without a default must be given, or is left out if it may be; `bundle schema` is exact.',
    ...definitions.map((definition) =>
      [
        `## ${definition.name}`,
        `${definition.title}.`,
        table(
          ['Key', 'Type', 'Default', 'Meaning'],
          bundleKeys(definition).map(({ path, type, default: fallback, choices, description }) => [
            code(path),
            choices && choices.length > 0 ? choices.map(code).join(', ') : type,
            fallback === undefined ? '' : code(JSON.stringify(fallback)),
            description ?? '',
          ]),
        ),
      ].join('\n\n'),
    ),
  );

const exitCodesPage = (): string =>
  page(
    'Exit codes',
    table(
      ['Code', 'Meaning'],
      Object.values(EXIT).map((exit) => [String(exit), EXIT_MEANINGS[exit]]),
    ),
    `${ENDED_SHORT}: it ended before its end, and says so. That is a fault of \`bundle\` itself: please report it.`,
  );

/** What the process ends with: whoever words an interruption does not know by which signal it was (src/main.ts). */
const processExits = (exits: ReadonlySet<number>): number[] =>
  [...exits, ...(exits.has(EXIT.interrupted) ? [EXIT.terminated] : [])].sort((a, b) => a - b);

const errorsPage = (): string =>
  page(
    'Error codes',
    'With `--json` an error is `{ "error": { "code", "message", "hints", "details"? }, "exit" }`. The message names the ' +
      'object and says why; the hints say what to do; [troubleshooting](../troubleshooting.md#by-error-code) says more of ' +
      'each.',
    'An engine that cannot be reached when a command connects to it ends with 3 in place of 1: nothing was changed.',
    table(
      ['Code', 'Exit code'],
      errorCodes(ROOT).map(({ code: name, exits }) => [
        code(name),
        processExits(exits)
          .map((exit) => `${exit} ${EXIT_MEANINGS[exit as keyof typeof EXIT_MEANINGS]}`)
          .join('; '),
      ]),
    ),
  );

/** The kinds of what `verify` expects, read off the contract: the `kind` of each expectation. */
export function expectationKinds(root = ROOT): string[] {
  const text = readFileSync(join(root, 'src/sdk/expectation.ts'), 'utf8');
  return [...new Set([...text.matchAll(/\bkind: '([a-z-]+)'/g)].map(([, kind]) => kind ?? ''))].sort();
}

const checksPage = (): string =>
  page(
    'Checks',
    '## Before: `bundle check`, `prepare`, `deploy`',
    '`--ignore NAME` reports a check and does not fail on it.',
    table(
      ['Name', 'What it looks at', 'Without a swarm manager'],
      checks.map(({ name, title, offline }) => [code(name), title, offline ? 'runs' : 'is not run']),
    ),
    '## After: `bundle verify`',
    `What a stack expects is of these kinds: log lines, ${expectationKinds().map(code).join(', ')}, and programs of ` +
      'the tasks’ own images, whose answer the stack’s definition judges. `bundle verify --list` prints what is looked ' +
      'at for a bundle.',
  );

/** Every page by its file name. */
export const pages = (): Record<string, string> => ({
  'commands.md': commandsPage(),
  'bundle-yaml.md': answersPage(),
  'exit-codes.md': exitCodesPage(),
  'errors.md': errorsPage(),
  'checks.md': checksPage(),
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, text] of Object.entries(pages())) writeFileSync(join(FOLDER, file), text);
}
