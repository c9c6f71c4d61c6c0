import type { Material } from '../sdk/kind.ts';
import type { SecretNeed, StackPlan } from '../sdk/definition.ts';
import { refuseLongVariables } from '../bundle/long-variables.ts';
import { makesVersion, secretChanges, type SecretChange, type SecretInputsGiven } from '../bundle/secret-changes.ts';
import { emptyLock } from '../bundle/lock.ts';
import { BundleError, usageError } from '../errors.ts';
import { readSecretFile, readSecretStdin } from '../io/secret-input.ts';
import { SECRET_FILES, type SecretSource } from '../wizard/session.ts';
import type { CommandIo } from '../cli/io.ts';
import type { Existing } from './existing.ts';
import { tried } from './try-authority.ts';

/** Reads what was given for each secret, once: standard input does not come twice. */
export type SourceReader = (source: SecretSource) => Promise<Buffer>;

export function sourceReader(io: CommandIo): SourceReader {
  let stdin: Promise<Buffer> | undefined;
  return async (source) => {
    if (source.from === 'typed') return source.value;
    if (source.from === 'stdin') return (stdin ??= readSecretStdin(io.stdin));
    return readSecretFile(source.path, source.shown);
  };
}

export interface SecretContext {
  plan: StackPlan;
  existing: Existing | undefined;
  key: Buffer | undefined;
  onDisk: Readonly<Record<string, Material>>;
  /** Secrets that stay as they are locked, though what is on the disk is not that. */
  kept: ReadonlySet<string>;
  now: Date;
  read: SourceReader;
  newSecrets: boolean;
  /** The highest version of each secret that the swarm has; asked only if one is made. */
  taken: () => Promise<ReadonlyMap<string, number>>;
}

/**
 * What happens to each secret, its material read and checked.
 * @throws BundleError (exit 2) for a file that these answers do not use, or one of a pair; (exit 3) for refused
 *   material
 */
export async function decideSecrets(
  sources: Record<string, SecretSource>,
  context: SecretContext,
): Promise<SecretChange[]> {
  const { plan, existing, key, onDisk, kept, now } = context;
  refuseUnused(sources, plan);
  const given: Record<string, { material: Material; from: string }> = {};
  for (const need of plan.secrets) {
    const read = await readNeed(need, sources, context.read);
    if (!read) continue;
    checkGiven(need, read.material, now);
    given[need.secret] = read;
  }
  const changes = await numbered(
    {
      needs: plan.secrets,
      lock: existing?.lock ?? emptyLock(),
      key,
      onDisk,
      kept,
      given,
      now,
      newSecrets: context.newSecrets,
    },
    context.taken,
  );
  for (const change of changes) if (change.act === 'take' || change.act === 'adopt') await requireProved(change);
  if (context.newSecrets && kept.size === 0 && changes.every(({ act }) => act === 'keep'))
    throw usageError(
      'nothing-lost',
      'secrets/ has everything that the answers call for: there is nothing to make anew',
      [
        'leave --new-secrets out; a secret is replaced with --set secretFiles.NAME=FILE',
        'or move the files of what is to be new out of secrets/ first, and keep them elsewhere until it is deployed',
      ],
    );
  const changed = changes.flatMap((change) => ('material' in change ? [[change.need.secret, change.material]] : []));
  refuseLongVariables(plan, { ...onDisk, ...(Object.fromEntries(changed) as Record<string, Material>) });
  return tried(changes, context);
}

/**
 * What happens to each secret, new versions with numbers that the swarm has not. Of a new bundle it is not asked: who
 * has its names in the swarm is another bundle, and `deploy` refuses that.
 */
async function numbered(inputs: SecretInputsGiven, taken: SecretContext['taken']): Promise<SecretChange[]> {
  const changes = secretChanges(inputs);
  if (Object.keys(inputs.lock.secrets).length === 0 || !changes.some(makesVersion)) return changes;
  return secretChanges({ ...inputs, taken: await taken() });
}

function checkGiven(need: SecretNeed, material: Material, now: Date): void {
  try {
    need.kind.accept(material, now);
  } catch (error) {
    throw ofInputs(need, error);
  }
}

/** @throws BundleError (exit 3) if what is taken is not what it looks like: a store that does not open */
async function requireProved({ need, material, act }: Extract<SecretChange, { act: 'take' | 'adopt' }>): Promise<void> {
  try {
    await need.kind.prove?.(material);
  } catch (error) {
    if (act === 'take' || !(error instanceof BundleError)) throw ofInputs(need, error);
    const { code, message, exit, hints } = error;
    throw new BundleError(code, `secrets/${Object.values(need.files).join(', ')}: ${message}`, { exit, hints });
  }
}

/** Refused material names its inputs, so that the wizard can ask for them again. */
function ofInputs(need: SecretNeed, error: unknown): unknown {
  if (!(error instanceof BundleError)) return error;
  const { code, message, exit, hints } = error;
  return new BundleError(code, message, {
    exit,
    hints,
    details: { paths: Object.values(need.inputs).map((input) => `${SECRET_FILES}.${input}`) },
  });
}

function refuseUnused(sources: Record<string, SecretSource>, plan: StackPlan): void {
  const used = new Set(plan.secrets.flatMap((need) => Object.values(need.inputs)));
  const unused = Object.keys(sources).filter((name) => !used.has(name));
  if (unused.length === 0) return;
  throw usageError(
    'unused-secret',
    `${unused.map((name) => `${SECRET_FILES}.${name}`).join(', ')}: these answers have no use for it`,
    ['leave it out, or change the answer that turns it off'],
  );
}

async function readNeed(
  need: SecretNeed,
  sources: Record<string, SecretSource>,
  read: SourceReader,
): Promise<{ material: Material; from: string } | undefined> {
  const material: Material = {};
  const from: string[] = [];
  const absent: string[] = [];
  for (const part of need.kind.parts) {
    const input = need.inputs[part];
    // Nobody can give it: an input that is called as the part is another secret's.
    if (input === undefined) continue;
    const source = sources[input];
    if (!source) {
      absent.push(`--set ${SECRET_FILES}.${input}=FILE`);
      continue;
    }
    material[part] = await read(source);
    from.push(sourceText(source));
  }
  if (from.length === 0) return undefined;
  if (absent.length > 0) throw usageError('secret-half', `a ${need.kind.title} is given whole or not at all`, absent);
  return { material, from: from.join(' and ') };
}

function sourceText(source: SecretSource): string {
  return source.from === 'file' ? source.shown : source.from === 'stdin' ? 'standard input' : 'the terminal';
}
