import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { allDefinitions, type Catalogue } from '../bundle/catalogue.ts';
import { FILE } from '../bundle/names.ts';
import { kindOfPath } from '../io/files.ts';
import { COMMON, documentNames, wordOf, type Command, type Completes, type Flag } from './command.ts';

/** What completion looks at. */
export interface Completion {
  commands: readonly Command[];
  cwd: string;
  stacks: Catalogue;
}

/** One word that fits, and what it is. */
export interface Candidate {
  word: string;
  about?: string;
}

/**
 * What the last word may become. Offline: reads directories and bundle files at most; what cannot be read completes
 * nothing.
 * @param words after the program's name, the one under the cursor last; bash gives `--key=value` as three words
 */
export async function complete(words: readonly string[], at: Completion): Promise<Candidate[]> {
  const current = words.at(-1) === '=' ? '' : (words.at(-1) ?? '');
  const before = words.slice(0, -1).filter((word) => word !== '=');
  const fits = (all: readonly Candidate[], typed = current): Candidate[] =>
    all.filter(({ word }) => word.startsWith(typed));
  const [name, ...given] = before;
  const command = at.commands.find((each) => each.name === name);
  if (name === undefined) return fits([...at.commands.map(ofCommand), { word: '--help' }, { word: '--version' }]);
  if (!command) return [];
  const flags: Record<string, Flag> = { ...COMMON, ...command.flags };
  const flagOf = (word: string | undefined): Flag | undefined =>
    Object.entries(flags).find(([key, flag]) => word === wordOf(key, flag))?.[1];

  const dir = positionals(given, flagOf)[0] ?? '.';
  const inline = /^(--[a-z-]+=)(.*)$/.exec(current);
  if (inline) {
    const [, head = '', typed = ''] = inline;
    const values = await valuesOf(flagOf(head.slice(0, -1)), typed, dir, at);
    return fits(values, typed).map((each) => ({ ...each, word: `${head}${each.word}` }));
  }
  const asked = flagOf(given.at(-1));
  if (asked && 'value' in asked) return fits(await valuesOf(asked, current, dir, at));
  if (current.startsWith('-'))
    return fits([
      ...Object.entries(flags).map(([key, flag]) => ({ word: wordOf(key, flag), about: flag.text })),
      { word: '--help', about: 'print help' },
    ]);
  const place = positionals(given, flagOf).length;
  const wanted = Object.values(command.arguments)[place];
  if (wanted?.choices) return fits(wanted.choices.map((word) => ({ word })));
  // Of several words the first may be left out: `bundle logs web` in a bundle directory.
  const own = place === 0 ? Object.values(command.arguments) : wanted ? [wanted] : [];
  const all = await Promise.all(
    own.map(({ completes }) => named(completes, current, dir, at, command.name === 'init')),
  );
  return fits(all.flat());
}

const ofCommand = ({ name, summary }: Command): Candidate => ({ word: name, about: summary });

/** The words that are neither flags nor values of flags. */
function positionals(given: readonly string[], flagOf: (word: string | undefined) => Flag | undefined): string[] {
  return given.filter((word, index) => {
    const flag = flagOf(given[index - 1]);
    return !word.startsWith('-') && !(flag && 'value' in flag);
  });
}

async function valuesOf(flag: Flag | undefined, typed: string, dir: string, at: Completion): Promise<Candidate[]> {
  if (!flag || !('value' in flag)) return [];
  if (flag.kind === 'value' && flag.choices) return flag.choices.map((word) => ({ word }));
  return named(flag.completes, typed, dir, at);
}

/** What a kind of word may be; nothing if it cannot be read. */
async function named(
  kind: Completes | undefined,
  typed: string,
  dir: string,
  at: Completion,
  anyDirectory = false,
): Promise<Candidate[]> {
  const words = (all: readonly string[]): Candidate[] => all.map((word) => ({ word }));
  try {
    switch (kind) {
      case 'directory':
        return await directories(typed, at.cwd, anyDirectory);
      case 'file':
        return await entries(typed, at.cwd, () => true);
      case 'stack':
        // Of the definitions, those that fit what was typed are loaded, for their titles.
        return (await allDefinitions(at.stacks.filter(({ name }) => name.startsWith(typed)))).map(
          ({ name, title }) => ({
            word: name,
            about: title,
          }),
        );
      case 'schema':
        return words(['bundle', ...documentNames(at.commands)]);
      case 'check':
        return (await import('../checks/index.ts')).checks.map(({ name, title }) => ({ word: name, about: title }));
      case 'service':
      case 'checked': {
        const { services, checks } = await (
          await import('../project/known-names.ts')
        ).knownWords(resolve(at.cwd, dir), at.stacks);
        return words(kind === 'service' ? services : [...checks, ...services]);
      }
      case undefined:
        return [];
    }
  } catch {
    // Whoever presses Tab is told nothing of a directory that is no bundle.
    return [];
  }
}

/** One that cannot be told is none: a link to itself, or a directory that this user may not enter, hides no other. */
const isBundle = (path: string): Promise<boolean> =>
  kindOfPath(join(path, FILE.answers)).then(
    (kind) => kind === 'file',
    () => false,
  );

/** A directory, or a link to one. */
const isFolder = async (entry: Dirent, path: string): Promise<boolean> =>
  entry.isSymbolicLink()
    ? kindOfPath(path).then(
        (kind) => kind === 'directory',
        () => false,
      )
    : entry.isDirectory();

/** Bundle directories, and directories that hold some; for a new bundle, any. */
const directories = (typed: string, cwd: string, any: boolean): Promise<Candidate[]> =>
  entries(typed, cwd, async (path, isDirectory) => {
    if (!isDirectory) return false;
    if (any || (await isBundle(path))) return true;
    const below = await readdir(path, { withFileTypes: true }).catch(() => []);
    const found = await Promise.all(
      below.map(async (entry) => !entry.isFile() && (await isBundle(join(path, entry.name)))),
    );
    return found.some(Boolean);
  });

/** Entries of the directory that the typed path names; directories that hold more end in a slash. */
async function entries(
  typed: string,
  cwd: string,
  wanted: (path: string, isDirectory: boolean) => boolean | Promise<boolean>,
): Promise<Candidate[]> {
  const folder = typed.endsWith('/')
    ? typed
    : dirname(typed) === '.' && !typed.startsWith('./')
      ? ''
      : `${dirname(typed)}/`;
  const hidden = basename(typed).startsWith('.') && !typed.endsWith('/');
  const found = await readdir(resolve(cwd, folder), { withFileTypes: true });
  const all = await Promise.all(
    found
      .filter(({ name }) => hidden || !name.startsWith('.'))
      .map(async (entry) => {
        const path = resolve(cwd, folder, entry.name);
        const isDirectory = await isFolder(entry, path);
        if (!(await wanted(path, isDirectory))) return [];
        const isParent = isDirectory && !(await isBundle(path));
        return [{ word: `${folder.replace(/\/\/$/, '/')}${entry.name}${isParent ? '/' : ''}` }];
      }),
  );
  return all.flat().sort((a, b) => (a.word < b.word ? -1 : 1));
}
