import { lstat, mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PLUGIN_FILE } from '../../cli/started-as.ts';
import type { CommandIo } from '../../cli/io.ts';
import { configDirectory } from '../../engine/docker-config.ts';
import { BundleError, EXIT, messageOf, type ExitCode } from '../../errors.ts';
import { jsonText } from '../../json-text.ts';
import { programFile } from '../../program-file.ts';
import type { PluginOptions } from './command.ts';

/**
 * `bundle plugin`: a link in the docker CLI's own folder of plugins to the program that runs.
 * @throws BundleError `plugin-exists` if something else stands there, `plugin-write` if the folder cannot be written
 */
export async function run({ action }: PluginOptions, io: CommandIo): Promise<ExitCode> {
  const file = join(configDirectory(io.env), 'cli-plugins', PLUGIN_FILE);
  const program = await realpath(programFile);
  const found = await targetOf(file);
  const ours = found !== undefined && asModule(found) === asModule(program);
  if (action !== undefined && found === 'another')
    throw new BundleError('plugin-exists', `${file} is not a link to a build of bundle; it is left alone`, {
      hints: [`look at it, and remove it by hand if it is not needed: rm ${file}`],
    });
  const changed = action === 'install' ? !ours : action === 'remove' && found !== undefined;
  if (changed) await writing(file, () => (action === 'install' ? link(program, file) : rm(file)));
  const there = action === 'install' || (action === undefined && ours);
  if (io.json) {
    io.stdout(jsonText({ file, ...(there ? { program } : {}), changed }));
  } else if (there) {
    io.stdout(`docker bundle runs ${program}${changed ? '' : ': nothing to do'}\n`);
    if (changed) io.stderr(`  → made ${file}; if that program moves, run \`bundle plugin install\` again\n`);
  } else {
    io.stdout(changed ? `removed ${file}\n` : 'docker bundle is not installed\n');
  }
  return EXIT.done;
}

/**
 * The build of bundle that the link leads to, or `gone` if it has been removed; `another` for what bundle did not make;
 * undefined if there is nothing.
 */
async function targetOf(file: string): Promise<string | undefined> {
  const stat = await lstat(file).catch(() => undefined);
  if (!stat) return undefined;
  if (!stat.isSymbolicLink()) return 'another';
  const target = await realpath(file).catch(() => 'gone');
  const ours = target === 'gone' || asModule(basename(target)) === asModule(basename(programFile));
  return ours ? target : 'another';
}

/** Earlier builds started with bundle.mjs, which is still there and leads to the same program. */
const asModule = (file: string): string => file.replace(/\.[cm]js$/, '');

/** Puts the link there, in place of one to another build. */
async function link(program: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await rm(file, { force: true });
  await symlink(program, file);
}

async function writing(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new BundleError('plugin-write', `${file} cannot be written: ${messageOf(error)}`, {
      exit: EXIT.failed,
      hints: ['name a folder that you may write by DOCKER_CONFIG, or run this as the user whose docker it is for'],
    });
  }
}
