import { dirname, resolve } from 'node:path';
import { BundleError, EXIT, usageError, type ExitCode } from '../../errors.ts';
import { systemSource } from '../../io/system.ts';
import { finishWriting, writeFilesInto, writeNewDirectory } from '../../io/write-files.ts';
import { converse, type Settled } from '../../init/converse.ts';
import { decide, propose, type InitRun } from '../../init/decide.ts';
import { readExisting } from '../../init/existing.ts';
import type { InitOptions, InitSeams } from '../../init/options.ts';
import { canPrepare, prepareNow, whyUnprepared } from '../../init/prepare.ts';
import { reportResult, reportUnchanged, swarmWords } from '../../init/report.ts';
import { sourceReader } from '../../init/secrets.ts';
import { startSession } from '../../init/session.ts';
import { risksOf, showSummary } from '../../init/summary.ts';
import { lazySwarm } from '../../init/swarm.ts';
import { withoutAsking } from '../../init/unattended.ts';
import { readSources, refuseChanged } from '../../io/sources.ts';
import type { CommandIo } from '../../cli/io.ts';
import { reporterOf } from '../../ui/reporter.ts';
import type { Session } from '../../wizard/session.ts';

/**
 * `bundle init`: answers from a wizard, flags, a file and defaults; then the bundle directory, whole or not at all. A
 * bundle that is there is changed only if the answers or its secrets did.
 */
export async function run(options: InitOptions, io: CommandIo, seams: InitSeams = {}): Promise<ExitCode> {
  if (options.dir.trim() === '')
    throw usageError('no-directory', 'the bundle directory is an empty word', [
      'name it, or leave it out for the working directory',
    ]);
  const dir = resolve(io.cwd, options.dir);
  if (dirname(dir) === dir)
    throw usageError('root-directory', `${dir} is no place for a bundle`, ['name a directory of its own']);
  await finishWriting(dir);
  const sources = await readSources(dir);
  const { existing, directoryExists } = await readExisting(dir, options.dir, io.stacks);
  if (options.newSecrets === true && !existing)
    throw usageError('no-bundle', `${options.dir} is not a bundle: there are no secrets to make anew`, [
      'name the bundle’s directory; a first `bundle init` makes its secrets without --new-secrets',
    ]);
  const session = await startSession(options, io, dir, existing);
  const asks = io.interactive && !io.json && options.yes !== true;
  const swarm = lazySwarm(options, io, seams, asks);
  const now = (): Date => (seams.source ?? systemSource).now();
  const current: InitRun = { options, io, seams, dir, existing, directoryExists, swarm, read: sourceReader(io), now };
  let stage: 'deciding' | 'written' | 'preparing' = 'deciding';
  try {
    const settled = asks
      ? await converse(session, current, (await import('../../wizard/prompts.ts')).terminalPrompter(io))
      : await unattended(session, current);
    if (!settled) return EXIT.done;
    const { decided, proposal, prepare } = settled;
    if (proposal.known?.length === 0) {
      reportUnchanged(decided, options.dir, io);
      return EXIT.done;
    }
    io.signal.throwIfAborted();
    // An RSA key takes a second or two: not in silence.
    if (asks && !proposal.known) io.stderr('  Making the secrets …\n');
    const risks = risksOf(decided, current);
    const files = await proposal.build();
    io.signal.throwIfAborted();
    const asRead = (): Promise<void> => refuseChanged(dir, options.dir, sources);
    if (directoryExists) await writeFilesInto(dir, files, asRead);
    else await writeNewDirectory(dir, files, asRead);
    stage = 'written';
    if (prepare) {
      stage = 'preparing';
      await prepareNow(current, swarmWords(decided, 'node labels'));
    }
    const unprepared = asks ? undefined : await whyUnprepared(current);
    if (unprepared !== undefined && !io.json) reporterOf(io).warn(unprepared);
    reportResult(
      {
        ...{ decided, shown: options.dir, isNew: !existing, files, prepared: prepare, now: now() },
        risks: unprepared === undefined ? risks : [...risks, unprepared],
        engine: options,
      },
      io,
    );
    return EXIT.done;
  } catch (error) {
    // What was interrupted while it prepared says itself what was made and what was not.
    if (!(error instanceof BundleError) || error.code !== 'interrupted' || stage === 'preparing') throw error;
    const state = stage === 'written' ? `the bundle in ${options.dir} is written` : 'nothing was written';
    throw new BundleError(error.code, `interrupted: ${state}`, { exit: error.exit });
  } finally {
    await swarm.close();
  }
}

/** What flags, answers file and, with `--yes`, defaults decide. */
async function unattended(start: Session, current: InitRun): Promise<Settled> {
  const { options, swarm, io } = current;
  const session = await withoutAsking(start, options.yes === true, swarm);
  const decided = await decide(session, current);
  const proposal = await propose(decided, current);
  if (proposal.known?.length !== 0 && !io.json) {
    if (!io.quiet) showSummary({ decided, run: current, files: proposal.known });
    else for (const risk of risksOf(decided, current)) reporterOf(io).warn(risk);
  }
  return { decided, proposal, prepare: options.yes === true && (await canPrepare(current)) };
}
