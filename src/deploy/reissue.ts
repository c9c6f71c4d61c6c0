import { leafReason } from '../bundle/leaf-changes.ts';
import type { Lock } from '../bundle/lock.ts';
import { renderBundle } from '../bundle/render.ts';
import { secretChanges, type SecretChange } from '../bundle/secret-changes.ts';
import { unusedOnDisk } from '../bundle/secret-state.ts';
import { clocksFault } from '../swarm/clocks-fault.ts';
import { confirm, withQuestion } from '../cli/io.ts';
import type { CommandIo } from '../cli/io.ts';
import { reporterOf } from '../ui/reporter.ts';
import type { Loaded } from '../project/bundle-dir.ts';
import { NOTHING_RENEWED, type Renewal } from './apply.ts';
import type { SwarmSecret } from '../engine/port.ts';
import { BundleError, EXIT } from '../errors.ts';
import { bundleFiles, changedFiles } from '../init/files.ts';
import { requireReadable } from '../io/secret-faults.ts';
import { systemSource } from '../io/system.ts';
import { momentBy, systemClock, type Moment } from '../swarm/clock.ts';
import { writeFilesInto } from '../io/write-files.ts';
import { reissuesOf, consequenceText } from '../bundle/reissues.ts';
import { takenVersions } from '../release/taken-versions.ts';
import { refuseChanged } from '../io/sources.ts';

/** A bundle with the certificates that this run issues again. */
export interface Renewed extends Renewal {
  loaded: Loaded;
}

/**
 * The bundle as a deployment takes it: certificates that must be issued again are, and those that are due with
 * `--renew` or after a yes on a terminal. Writes nothing.
 * @param inSwarm the secrets of the stack in the swarm
 * @param systemTime what the manager's clock says, ISO 8601; empty if it was not asked
 * @throws BundleError (exit 3) without the CA's key, with a secret that was replaced by hand, or if the clocks are
 *   apart
 */
export async function renewed(
  loaded: Loaded,
  { renew, yes }: { renew?: boolean | undefined; yes?: boolean | undefined },
  io: CommandIo,
  inSwarm: SwarmSecret[] = [],
  systemTime = '',
): Promise<Renewed> {
  const moment = momentBy(systemClock, systemTime);
  const reissues = reissuesOf(loaded, moment.here);
  const due = reissues.filter(({ reason }) => reason.urgency === 'due');
  if (renew === true && reissues.length === 0) io.stderr('no certificate is due\n');
  let all = renew === true;
  if (!all && due.length > 0 && due.every(({ here }) => here) && io.interactive && !io.json && yes !== true) {
    for (const each of due) io.stderr(`${each.secret}: ${each.reason.text}${consequenceText(each)}\n`);
    all = await confirm(`Issue ${due.map(({ secret }) => secret).join(', ')} again?`, false, io);
  }
  if (reissues.length === (all ? 0 : due.length)) return { loaded, ...NOTHING_RENEWED };
  const made = await issueAgain(loaded, all, moment, io, inSwarm);
  if (!io.json) {
    for (const { secret, version, why } of made.reissued) {
      const reissue = reissues.find((each) => each.secret === secret);
      reporterOf(withQuestion(io, yes === true)).step(
        `${secret}: to be issued again as version ${version}, since ${why}${reissue ? consequenceText(reissue) : ''}`,
      );
    }
  }
  return made;
}

/**
 * Issues in memory.
 * @param all those that are merely due, too
 * @param inSwarm the secrets of the stack in the swarm: none of their versions is made again, and what it has as locked
 *   stays, whatever is in `secrets/`
 * @throws BundleError (exit 3) as `renewed`
 */
export async function issueAgain(
  loaded: Loaded,
  all: boolean,
  moment: Moment,
  { stacks }: Pick<CommandIo, 'stacks'>,
  inSwarm: SwarmSecret[] = [],
): Promise<Renewed> {
  const { directory } = loaded;
  const { dir, bundle, lock, sources, notes, secrets } = directory;
  requireReadable(secrets);
  const reissues = reissuesOf(loaded, moment.here).filter(({ reason }) => all || reason.urgency === 'must');
  requireClocks(reissues, lock, moment);
  const changes = changesOf(loaded, all, moment.here, inSwarm);
  const [answers] = sources;
  const made = await bundleFiles({
    bundle,
    answersText: answers?.toString('utf8') ?? '',
    changes,
    onDisk: secrets.files,
    lock,
    notes,
    images: lock.images ?? {},
    key: secrets.key,
    source: systemSource,
    stacks,
  });
  const reissued = changes.flatMap((change) =>
    change.act === 'generate'
      ? [{ secret: change.need.secret, version: change.version, why: change.why ?? 'it is new' }]
      : [],
  );
  requireClocks(reissued, made.lock, moment);
  const { text, document } = renderBundle(bundle, made.lock);
  return {
    loaded: {
      text,
      document,
      lockBefore: lock,
      directory: {
        ...directory,
        lock: made.lock,
        secrets: {
          ...secrets,
          materials: { ...secrets.materials, ...made.materials },
          files: { ...secrets.files, ...made.materials },
          values: [...secrets.values, ...Object.values(made.materials).flatMap((each) => Object.values(each))],
        },
      },
    },
    reissued,
    /** Under the stack’s lease, before the swarm is changed. @throws BundleError `bundle-changed` (exit 8) */
    write: async () => {
      const files = await changedFiles(dir, made.files);
      await writeFilesInto(dir, files, () => refuseChanged(dir, directory.shown, sources));
      return files.map(({ path }) => path);
    },
  };
}

function requireClocks(of: readonly { secret: string }[], { secrets }: Lock, moment: Moment): void {
  const fault = clocksFault(
    of.map(({ secret }) => [secret, secrets[secret]]),
    moment,
  );
  if (fault) throw fault;
}

function changesOf(
  { directory: { bundle, plan, lock, secrets }, document }: Loaded,
  all: boolean,
  now: Date,
  inSwarm: SwarmSecret[],
): SecretChange[] {
  const again = plan.secrets.filter((need) => {
    const reason = leafReason(need, { lock, newAuthorities: new Set(), now });
    return reason !== undefined && (all || reason.urgency === 'must');
  });
  const unused = unusedOnDisk({
    stack: bundle.name,
    needs: plan.secrets,
    lock,
    used: new Set(Object.keys(document.secrets)),
    key: secrets.key,
    materials: secrets.materials,
    live: inSwarm,
  });
  // By another CA than the locked one nothing is issued.
  for (const { issued } of again) if (issued) unused.delete(issued.by);
  const changes = secretChanges({
    needs: plan.secrets,
    lock,
    key: secrets.key,
    onDisk: Object.fromEntries(Object.entries(secrets.files).filter(([secret]) => !unused.has(secret))),
    given: {},
    now,
    renew: all,
    taken: takenVersions(bundle.name, plan.secrets, inSwarm),
  });
  const other = changes.find(({ act, need }) => act !== 'keep' && act !== 'restore' && !again.includes(need));
  if (!other) return changes;
  throw new BundleError(
    'renew-other',
    `the secret "${other.need.secret}" is not as bundle.lock.json means it, so that no certificate was issued`,
    {
      exit: EXIT.preflight,
      hints: [
        'restore its file: it may be of a version that was replaced; only if it was replaced here on purpose, run ' +
          '`bundle init` on this directory first',
      ],
    },
  );
}
