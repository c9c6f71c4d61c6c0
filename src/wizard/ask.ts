import type { KnownNode, Question } from '../sdk/definition.ts';
import { answered, openQuestion, type Open } from './collect.ts';
import { nodeRows, orderNodes } from './nodes.ts';
import { askSecret, refusedSecret, sameSecret, type SecretFiles } from './ask-secret.ts';
import type { Prompter } from './prompter.ts';
import { answersOf, problemWith, secretInput, type Session } from './session.ts';
import { textOf, valueFromText } from './value-text.ts';
import { getAt } from '../bundle/paths-access.ts';

export interface AskOptions {
  /** Go through all questions, with the bundle's answers as defaults. */
  again: boolean;
  /** The live node list, read when the first question wants it. */
  nodes: () => Promise<KnownNode[] | undefined>;
  files: SecretFiles;
}

/** Asks what is open, one question after the other. */
export async function askOpen(session: Session, prompter: Prompter, options: AskOptions): Promise<Session> {
  const { questions } = session;
  let current = session;
  for (let index = 0; index < questions.length; index++) {
    const question = questions[index] as Question;
    let open = openQuestion(question, current, options.again);
    if (open && question.ask === 'nodes' && !current.nodes) {
      current = { ...current, nodes: await options.nodes() };
      open = openQuestion(question, current, options.again);
    }
    if (!open) continue;
    const input = secretInput(question);
    if (input === undefined) {
      current = await askOne(open, current, prompter);
      continue;
    }
    current = await askSecret(question, input, current, prompter, options.files);
    const refused = await refusedSecret(question, current, options.files);
    if (!refused) continue;
    prompter.say(`  ${refused.why}`);
    current = { ...current, secrets: without(current.secrets, refused.inputs) };
    // Back to the first file of the pair: either may be the wrong one.
    index = questions.findIndex((each) => sameSecret(each, question)) - 1;
  }
  return current;
}

async function askOne(open: Open, session: Session, prompter: Prompter): Promise<Session> {
  const { question } = open;
  for (;;) {
    const value = await askValue(open, session, prompter);
    if (value === undefined) return session;
    const problem = problemWith(question, value, session);
    if (problem === undefined) return answered(session, question, value);
    prompter.say(`  ${problem}`);
  }
}

function without<T>(record: Record<string, T>, names: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

/** @returns undefined for an optional question that was left empty */
async function askValue(open: Open, session: Session, prompter: Prompter): Promise<unknown> {
  const { question } = open;
  const { message, help } = question;
  if (question.ask === 'confirm') return prompter.confirm({ message, help, default: open.default === true });
  if (question.ask === 'select') {
    return prompter.select({
      message,
      help,
      choices: question.choices ?? [],
      ...(typeof open.default === 'string' ? { default: open.default } : {}),
    });
  }
  if (question.ask === 'nodes' && session.nodes && session.nodes.length > 0)
    return pickNodes(open, session, session.nodes, prompter);
  return askText(open, session, prompter);
}

async function pickNodes(open: Open, session: Session, nodes: KnownNode[], prompter: Prompter): Promise<string[]> {
  const { question } = open;
  const standing = standingNodes(question, session);
  const proposed = Array.isArray(open.default) ? open.default.map(String) : standing;
  const known = nodes.map((node) => node.hostname);
  const choices = [
    ...nodeRows(nodes).map(({ value, row }) => ({ value, name: row })),
    // An earlier answer stays on the list although the swarm does not know it (any more).
    ...[...new Set(proposed)]
      .filter((node) => !known.includes(node))
      .map((node) => ({ value: node, name: `${node}  not in this swarm` })),
  ];
  const { message, help } = question;
  if (question.single)
    return [
      await prompter.select({ message, help, choices, ...(proposed[0] === undefined ? {} : { default: proposed[0] }) }),
    ];
  const arrange = (picked: string[]): string[] => orderNodes(picked, proposed, standing);
  const check = (picked: string[]): string | undefined =>
    picked.length === 0 ? 'pick at least one' : problemWith(question, arrange(picked), session);
  return arrange(await prompter.checkbox({ message, help, choices, checked: proposed, arrange, check }));
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
