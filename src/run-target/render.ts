import { NO_BACKUP } from '../bundle/lost-secrets.ts';
import { join, resolve } from 'node:path';
import { secretChecks } from '../checks/secrets.ts';
import { FILE } from '../bundle/names.ts';
import { renderBundle } from '../bundle/render.ts';
import { BundleError, EXIT, usageError, type ExitCode } from '../errors.ts';
import { loadBundle } from '../project/bundle-dir.ts';
import { requireReadable } from '../io/secret-faults.ts';
import {
  finishFolders,
  scriptsBefore,
  staleFolders,
  writeFolders,
  type PlannedFolder,
  type StaleFolders,
} from './write-folders.ts';
import { formatRunSettings, readRunSettings, RUN_SETTINGS, type RunSettings } from './settings.ts';
import { envFile } from './plan/command.ts';
import { runFolders } from './plan/folders.ts';
import { leftBehind, leftText, type HostScript, type Left } from './plan/left.ts';
import type { HostFolder, RunNetwork } from './plan/types.ts';
import type { CommonOptions } from '../cli/command.ts';
import type { CommandIo } from '../cli/io.ts';
import { addressesOf, refuseUndiallable } from './addresses.ts';
import { checkContext } from '../deploy/review.ts';
import { readSecretStates } from '../project/plan-bundle.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import { jsonText } from '../json-text.ts';
import { formerHosts } from './former-hosts.ts';
import { requireTold } from './untold.ts';

/** What `bundle render --target run` is given. */
export interface RunRenderOptions extends Pick<CommonOptions, 'dir'> {
  /** Write nothing; exit 6 if a file differs. */
  check?: boolean;
  network?: RunNetwork;
  /** HOST=IP */
  address: readonly string[];
}

/**
 * `bundle render --target run`: `run/` with a folder for each host, which holds that host's files and no other's. Needs
 * `secrets/`, and no engine. Network and addresses are remembered in run/run.json, so that the next rendering needs no
 * flags.
 */
export async function renderRun(options: RunRenderOptions, io: CommandIo): Promise<ExitCode> {
  const directory = { ...(await loadBundle(resolve(io.cwd, options.dir), io.stacks)), shown: options.dir };
  const loaded = { directory, ...renderBundle(directory.bundle, directory.lock) };
  const dir = join(directory.dir, FILE.run);
  const before = await readRunSettings(dir, join(options.dir, FILE.run));
  const { folders, settings } = foldersOf(loaded, options, before);
  const planned = await withSecrets(loaded, folders, io);
  const left = leftBehind(directory.bundle.name, await scriptsBefore(dir, before), folders.map(scriptOf));
  if (!options.check) await finishFolders(dir, before);
  const stale = await staleFolders(
    dir,
    planned,
    new Set([...settings.services, ...(before?.services ?? [])].map(envFile)),
    before,
  );
  const remembered = before !== undefined && formatRunSettings(before) === formatRunSettings(settings);
  const differs = [
    ...[...stale.changed].flatMap(([host, files]) =>
      files.map(({ path, missing }) => ({ file: join(FILE.run, host, path), missing })),
    ),
    ...(remembered ? [] : [{ file: join(FILE.run, RUN_SETTINGS), missing: before === undefined }]),
  ];
  const upToDate = differs.length === 0 && stale.obsolete.length === 0;
  const { plan, bundle } = directory;
  const paths = planned.flatMap(({ files }) => files.map(({ path }) => path));
  if (!options.check)
    requireTold({ stack: bundle.name, told: plan.told ?? [] }, { planned: paths, stale: stale.obsolete }, options.dir);
  if (!options.check && !upToDate) await writeFolders(dir, stale, settings, before);
  report(loaded, stale, differs, left, { check: options.check === true, upToDate }, io);
  return options.check && !upToDate ? EXIT.pending : EXIT.done;
}

/** Flags over what was given last time. @throws BundleError (exit 2) for what cannot be run so */
function foldersOf(
  { directory: { bundle, plan }, document }: Loaded,
  options: RunRenderOptions,
  before: RunSettings | undefined,
): { folders: HostFolder[]; settings: RunSettings } {
  const given = addressesOf(options.address);
  const network = options.network ?? before?.network ?? 'bridge';
  const addresses = { ...before?.addresses, ...given };
  const folders = runFolders({
    stack: bundle.name,
    document,
    placements: plan.placements,
    listens: plan.listens,
    network,
    addresses,
  });
  const hosts = folders.map(({ host }) => host);
  const stranger = Object.keys(given).find((host) => !hosts.includes(host));
  if (stranger !== undefined)
    throw usageError('run-address', `--address ${stranger}=…: no service of ${bundle.name} is on ${stranger}`, [
      `its hosts: ${hosts.join(', ')}`,
    ]);
  refuseUndiallable(hosts, addresses);
  return {
    folders,
    settings: {
      network,
      addresses: Object.fromEntries(
        hosts.flatMap((host) => (addresses[host] === undefined ? [] : [[host, addresses[host]]])),
      ),
      hosts,
      former: formerHosts(before, hosts),
      services: Object.keys(document.services),
    },
  };
}

/**
 * @throws BundleError (exit 3) if a secret is not here, or not what bundle.lock.json means: none of it is copied
 * then
 */
async function withSecrets(loaded: Loaded, folders: readonly HostFolder[], io: CommandIo): Promise<PlannedFolder[]> {
  requireReadable(loaded.directory.secrets);
  const faults = (await secretChecks.run(await checkContext(loaded, undefined, undefined, {}, io))).filter(
    ({ level }) => level === 'error',
  );
  const states = await readSecretStates(loaded, undefined);
  const [fault] = faults;
  if (fault)
    throw new BundleError('run-secrets', faults.map(({ text }) => text).join('; '), {
      exit: EXIT.preflight,
      hints: fault.hint === undefined ? [] : [fault.hint],
    });
  const contentOf = (name: string): Buffer => {
    const content = states.find((state) => state.name === name)?.content;
    if (content === undefined)
      throw new BundleError('run-secrets', `${name} is not on this disk, and a folder of this host needs it`, {
        exit: EXIT.preflight,
        hints: ['run this where the bundle’s secrets/ is', NO_BACKUP],
      });
    return content;
  };
  return folders.map(({ host, files, secrets }) => ({
    host,
    files: [...secrets.map(({ path, name, mode }) => ({ path, content: contentOf(name), mode })), ...files],
  }));
}

function scriptOf({ host, files }: HostFolder): HostScript {
  return { host, script: files.find(({ path }) => path === 'run.sh')?.content ?? '' };
}

function report(
  { directory: { bundle, shown } }: Loaded,
  { changed, obsolete }: StaleFolders,
  differs: readonly { file: string; missing: boolean }[],
  left: readonly Left[],
  { check, upToDate }: { check: boolean; upToDate: boolean },
  io: CommandIo,
): void {
  const removed = obsolete.map((path) => join(FILE.run, path));
  if (io.json) {
    const facts = check ? { upToDate, differs, removed } : { written: differs.map(({ file }) => file), removed };
    io.stdout(jsonText({ stack: bundle.name, directory: shown, ...facts, left }));
  } else if (upToDate) io.stdout(`${bundle.name}: up to date\n`);
  else if (check)
    io.stdout(
      [
        ...differs.map(
          ({ file, missing }) => `${join(shown, file)} is ${missing ? 'missing' : 'not what the bundle renders'}\n`,
        ),
        ...removed.map((file) => `${join(shown, file)} is no longer wanted\n`),
      ].join(''),
    );
  else
    io.stdout(
      `${bundle.name}: rendered ` +
        `${[...changed.keys()].map((host) => join(shown, FILE.run, host)).join(', ') || join(shown, FILE.run)}${removed.length === 0 ? '' : `; removed ${removed.join(', ')}`}\n`,
    );
  if (!io.json) for (const line of leftText(bundle.name, left)) io.stdout(`${line}\n`);
}
