import type { Material } from '../sdk/kind.ts';
import type { Question } from '../sdk/definition.ts';
import { BundleError } from '../errors.ts';
import { withImplied } from './collect.ts';
import type { Prompter } from './prompter.ts';
import { secretInput, type SecretSource, type Session } from './session.ts';

/** How the wizard reads what it is told about secrets. */
export interface SecretFiles {
  /** The file that a typed path means. */
  source: (typed: string) => SecretSource;
  /** @throws BundleError if it cannot be read */
  read: (source: SecretSource) => Promise<Buffer>;
  now: () => Date;
}

/**
 * Asks for a file, or for a secret of one line the secret itself, hidden. A present secret is kept if nothing is
 * named. @param files.before named before the way back; offered, unless an empty answer has a meaning
 */
export async function askSecret(
  question: Question,
  input: string,
  session: Session,
  prompter: Prompter,
  files: SecretFiles & { before?: SecretSource | undefined },
): Promise<Session> {
  const kept = session.settledSecrets.has(input) || session.secrets[input] !== undefined;
  const source = await askSource(question, kept, prompter, files);
  return source ? withImplied({ ...session, secrets: { ...session.secrets, [input]: source } }) : session;
}

async function askSource(
  question: Question,
  kept: boolean,
  prompter: Prompter,
  files: SecretFiles & { before?: SecretSource | undefined },
): Promise<SecretSource | undefined> {
  const skip = kept
    ? 'Leave empty to keep the present one.'
    : question.oneLine
      ? 'Leave empty to type it here, hidden.'
      : '';
  const { before } = files;
  const path = await prompter.text({
    back: true,
    ...(skip === '' && !question.optional && before?.from === 'file' ? { default: before.shown } : {}),
    message: question.message,
    help: `${question.help} ${skip}`.trim(),
    check: (typed) => {
      const name = typed.trim();
      if (name === '-') return 'standard input is this terminal: name a file';
      if (name !== '') return whyUnreadable(files.source(name), files);
      return kept || question.oneLine || question.optional ? undefined : 'name a file';
    },
  });
  if (path.trim() !== '') return files.source(path.trim());
  if (kept || !question.oneLine) return undefined;
  const value = await prompter.hidden({
    back: true,
    message: question.oneLine,
    help: 'It is not shown, and kept in secrets/ only.',
    check: (typed) => (typed === '' ? 'nothing was typed' : undefined),
  });
  return { from: 'typed', value: Buffer.from(value) };
}

async function whyUnreadable(source: SecretSource, files: SecretFiles): Promise<string | undefined> {
  try {
    await files.read(source);
    return undefined;
  } catch (error) {
    if (error instanceof BundleError) return error.message;
    throw error;
  }
}

/**
 * Why the secret that this question completes is refused, and the inputs that make it up; undefined if it is fine or
 * not complete yet. A token that will not do is told at once, not after all other questions.
 */
export async function refusedSecret(
  question: Question,
  session: Session,
  files: SecretFiles,
): Promise<{ why: string; inputs: string[] } | undefined> {
  const kind = question.secret?.kind;
  if (!kind) return undefined;
  const material: Material = {};
  const inputs: string[] = [];
  for (const each of session.questions) {
    const input = secretInput(each);
    const source = input === undefined ? undefined : session.secrets[input];
    if (!each.secret || !sameSecret(each, question) || input === undefined || !source) continue;
    material[each.secret.part] = await files.read(source);
    inputs.push(input);
  }
  if (kind.parts.some((part) => !material[part])) return undefined;
  try {
    kind.accept(material, files.now());
    return undefined;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { why: [error.message, ...error.hints].join('; '), inputs };
  }
}

/** Whether two questions ask for parts of one secret. */
function sameSecret(a: Question, b: Question): boolean {
  return a.secret !== undefined && a.secret.kind === b.secret?.kind && a.secret.need === b.secret.need;
}
