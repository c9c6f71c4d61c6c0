import type { SecretChange } from '../bundle/secret-changes.ts';
import { usageError } from '../errors.ts';
import type { Material } from '../sdk/kind.ts';
import type { Prompter } from '../wizard/prompter.ts';
import { SECRET_FILES } from '../wizard/session.ts';
import type { EarlierVersion } from './earlier.ts';
import type { InitOptions } from './options.ts';

type Materials = Readonly<Record<string, Material>>;

export interface Agreed {
  changes: SecretChange[];
  /** What counts of `secrets/`: without what somebody does not want to be locked. */
  onDisk: Materials;
}

type Adopted = Extract<SecretChange, { act: 'adopt' }>;

/** What is known beside the files. */
export interface KnownOfReplaced {
  /** What was agreed to before, by secret: nobody is asked twice. */
  said?: Map<string, boolean> | undefined;
  /** The version before the locked one that had this content; undefined if the swarm knows of none. */
  earlier?: (change: Adopted) => Promise<EarlierVersion | undefined>;
}

/**
 * A secret that was replaced by hand becomes a new version only if somebody agrees. After a no its material counts as
 * absent, and all is decided anew: a CA that is not wanted issues nothing. The secret stays as it is locked.
 * @param decideOn what becomes of each secret, by the material that counts, and of those that stay
 * @throws BundleError (exit 2) without a terminal and `--yes`; and with it, if the swarm tells that the content is of a
 *   version which was replaced
 */
export async function agreed(
  decideOn: (onDisk: Materials, kept: ReadonlySet<string>) => Promise<SecretChange[]>,
  onDisk: Materials,
  options: Pick<InitOptions, 'yes' | 'newSecrets'>,
  prompter: Prompter | undefined,
  { said = new Map<string, boolean>(), earlier = () => Promise.resolve(undefined) }: KnownOfReplaced = {},
): Promise<Agreed> {
  let counted = onDisk;
  const kept = new Set<string>();
  for (;;) {
    const changes = await decideOn(counted, kept);
    const declined = new Set<string>();
    for (const change of changes)
      if (!(await isAgreed(change, options, prompter, { said, earlier }))) declined.add(change.need.secret);
    if (declined.size === 0) return { changes, onDisk: counted };
    for (const secret of declined) kept.add(secret);
    counted = Object.fromEntries(Object.entries(counted).filter(([secret]) => !declined.has(secret)));
  }
}

/** A copy of secrets/ that was made before somebody else replaced a secret would bring back what leaked. */
const MAYBE_OLD = 'since it may be of a version that was replaced';

async function isAgreed(
  change: SecretChange,
  { yes, newSecrets }: Pick<InitOptions, 'yes' | 'newSecrets'>,
  prompter: Prompter | undefined,
  { said, earlier }: Required<Pick<KnownOfReplaced, 'earlier'>> & { said: Map<string, boolean> },
): Promise<boolean> {
  if (change.act !== 'adopt' || change.replaces === undefined) return true;
  const former = await earlier(change);
  // With a new key, what is on disk is locked anew, whether it was changed or not.
  if (former === undefined && (yes || newSecrets)) return true;
  const { secret, files } = change.need;
  const before = said.get(secret);
  if (before !== undefined) return before;
  const names = Object.values(files).map((file) => `secrets/${file}`);
  const what = `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} not what version ${change.replaces} was locked with`;
  const known =
    former === undefined ? what : `${what}: it is the content of version ${former.version}, which was replaced`;
  if (!prompter) throw usageError('secret-replaced', known, waysOut(change, former, newSecrets));
  prompter.say(`  ${known}. If nobody replaced it here on purpose, say no and restore it, ${MAYBE_OLD}.`);
  const message = `Lock the present content as version ${change.version}?`;
  const answer = await prompter.confirm({ message, default: former === undefined });
  said.set(secret, answer);
  return answer;
}

function waysOut(
  { need, version, replaces = 0 }: Adopted,
  former: EarlierVersion | undefined,
  newSecrets = false,
): string[] {
  if (former === undefined)
    return [
      `restore the file, ${MAYBE_OLD}`,
      `or, if it was replaced here on purpose, --yes locks the present content as version ${version}`,
    ];
  const flags = Object.values(need.inputs).map((input) => `--set ${SECRET_FILES}.${input}=FILE`);
  return [
    `get the present content from who replaced it${withoutFile(replaces, former, newSecrets)}`,
    ...(flags.length === 0 ? [] : [`or, to bring it back on purpose as version ${version}, ${flags.join(' ')}`]),
  ];
}

/** What comes of it if the file is removed, as far as that is a way out. */
function withoutFile(locked: number, { inSwarm }: EarlierVersion, newSecrets: boolean): string {
  const stays = inSwarm ? ', which the swarm has' : '';
  if (newSecrets)
    return (
      '; if it is removed from secrets/ here, --new-secrets makes a new one, and the same command without ' +
      `--new-secrets leaves version ${locked} as it is${stays}`
    );
  return inSwarm ? ', or remove it from secrets/ here: the swarm has it' : '';
}
