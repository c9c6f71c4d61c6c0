import type { KnownNode, Question } from '../../stacks/definition.ts';
import { answered, openQuestion, withImplied, type Open } from './collect.ts';
import { nodeRows, orderNodes } from './nodes.ts';
import type { Prompter } from './prompter.ts';
import { answersOf, problemWith, secretInput, type SecretSource, type Session } from './session.ts';
import { textOf, valueFromText } from './value-text.ts';
import { getAt } from '../bundle/paths-access.ts';

export interface AskOptions {
  /** Go through all questions, with the bundle's answers as defaults. */
  again: boolean;
  /** The live node list, read when the first question wants it. */
  nodes: () => Promise<KnownNode[] | undefined>;
  /** Why a file cannot be read; undefined where it can. */
  checkFile: (path: string) => Promise<string | undefined>;
}

/** Asks what is open, one question after the other. */
export async function askOpen(session: Session, prompter: Prompter, options: AskOptions): Promise<Session> {
  let current = session;
  for (const question of session.questions) {
    let open = openQuestion(question, current, options.again);
    if (open && question.ask === 'nodes' && !current.nodes) {
      current = { ...current, nodes: await options.nodes() };
      open = openQuestion(question, current, options.again);
    }
    if (open) current = await askOne(open, current, prompter, options);
  }
  return current;
}

async function askOne(open: Open, session: Session, prompter: Prompter, options: AskOptions): Promise<Session> {
  const { question } = open;
  const input = secretInput(question);
  if (input !== undefined) {
    const source = await askSecret(question, session.settledSecrets.has(input), prompter, options);
    return source ? withImplied({ ...session, secrets: { ...session.secrets, [input]: source } }) : session;
  }
  for (;;) {
    const value = await askValue(open, session, prompter);
    if (value === undefined) return session;
    const problem = problemWith(question, value, session);
    if (problem === undefined) return answered(session, question, value);
    prompter.say(`  ${problem}`);
  }
}

/** @returns undefined for an optional question that was left empty */
async function askValue(open: Open, session: Session, prompter: Prompter): Promise<unknown> {
  const { question } = open;
  const { message, help } = question;
  if (question.ask === 'confirm') return prompter.confirm({ message, help, default: open.default === true });
  if (question.ask === 'select') {
    return prompter.select({ message, help, choices: question.choices ?? [], ...(typeof open.default === 'string' ? { default: open.default } : {}) });
  }
  if (question.ask === 'nodes' && session.nodes && session.nodes.length > 0) return pickNodes(open, session, session.nodes, prompter);
  return askText(open, session, prompter);
}

async function pickNodes(open: Open, session: Session, nodes: KnownNode[], prompter: Prompter): Promise<string[]> {
  const { question } = open;
  const before = Array.isArray(open.default) ? open.default.map(String) : standingNodes(question, session);
  const known = nodes.map((node) => node.hostname);
  const choices = [
    ...nodeRows(nodes).map(({ value, row }) => ({ value, name: row })),
    // An earlier answer stays on the list although the swarm does not know it (any more).
    ...[...new Set(before)].filter((node) => !known.includes(node)).map((node) => ({ value: node, name: `${node}  not in this swarm` })),
  ];
  const { message, help } = question;
  if (question.single) return [await prompter.select({ message, help, choices, ...(before[0] === undefined ? {} : { default: before[0] }) })];
  const picked = await prompter.checkbox({
    message,
    help,
    choices,
    checked: before,
    check: (values) => (values.length === 0 ? 'pick at least one' : problemWith(question, orderNodes(values, before), session)),
  });
  return orderNodes(picked, before);
}

function standingNodes(question: Question, session: Session): string[] {
  const standing = getAt(answersOf(session), question.path);
  return Array.isArray(standing) ? standing.map(String) : [];
}

async function askText(open: Open, session: Session, prompter: Prompter): Promise<unknown> {
  const { question } = open;
  const key = session.keys.find((each) => each.path === question.path);
  if (!key) throw new TypeError(`question ${question.path} has no key in the schema`);
  const { message, help } = question;
  const text = await prompter.text({
    message,
    help: question.ask === 'nodes' && !question.single ? `${help} Several with commas.` : help,
    ...(open.default === undefined ? {} : { default: textOf(open.default) }),
    check: (typed) => {
      if (typed.trim() === '') return question.optional ? undefined : 'an answer is needed';
      return problemWith(question, valueFromText(key, typed), session);
    },
  });
  return text.trim() === '' ? undefined : valueFromText(key, text);
}

/** A file, or for a secret of one line the secret itself, hidden. @returns undefined where the present one is kept */
async function askSecret(question: Question, kept: boolean, prompter: Prompter, options: AskOptions): Promise<SecretSource | undefined> {
  const skip = kept ? 'Leave empty to keep the present one.' : question.oneLine ? 'Leave empty to type it here, hidden.' : '';
  const path = await prompter.text({
    message: question.message,
    help: `${question.help} ${skip}`.trim(),
    check: (typed) => {
      if (typed.trim() === '-') return 'standard input is this terminal: name a file';
      if (typed.trim() !== '') return options.checkFile(typed.trim());
      return kept || question.oneLine || question.optional ? undefined : 'name a file';
    },
  });
  if (path.trim() !== '') return { from: 'file', path: path.trim(), shown: path.trim() };
  if (kept || !question.oneLine) return undefined;
  const value = await prompter.hidden({
    message: question.message.replace(/^File with /, 'Type ').replace(/ \(one line\)$/, ''),
    help: 'It is not shown, and kept in secrets/ only.',
    check: (typed) => (typed === '' ? 'nothing was typed' : undefined),
  });
  return { from: 'typed', value: Buffer.from(value) };
}
