/** The environment of a simulator, with what a directory of variable files adds to it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment, completed from the directory in `IMPLY_MANAGER_VAR_FILES_PATH`: its file names are variable names. A
 * file fills a variable that is unset or empty; of one that has a value already the file is ignored. The last line end
 * is not part of a value. `SIMULATOR_IGNORE_VAR_FILES` makes it an image that knows no such directory.
 */
export function withVariableFiles(env: Environment): Environment {
  const ignored = env['SIMULATOR_IGNORE_VAR_FILES'] ?? '';
  if (ignored === '1') return env;
  if (ignored !== '' && ignored !== '0') throw new Fault(`SIMULATOR_IGNORE_VAR_FILES: '${ignored}' is none of 0, 1`);
  const dir = env['IMPLY_MANAGER_VAR_FILES_PATH'];
  if (dir === undefined || dir === '' || statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return env;
  const merged: Record<string, string | undefined> = { ...env };
  for (const name of readdirSync(dir)) {
    // Kubernetes and others keep hidden directories beside the files.
    const file = path.join(dir, name);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
      continue;
    if ((merged[name] ?? '') === '') merged[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  }
  return merged;
}

/** A number from a variable, or its default. @throws Fault for anything else. */
export function numberFrom(env: Environment, name: string, fallback: number): number {
  const text = env[name] ?? '';
  if (text === '') return fallback;
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Fault(`${name}: '${text}' is no number`);
  return Number(text);
}

/** Something in the container's settings that makes going on senseless: one line, then exit. */
export class Fault extends Error {
  override readonly name = 'Fault';
}
