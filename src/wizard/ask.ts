import type { KnownNode } from '../sdk/definition.ts';
import type { Key } from '../bundle/keys.ts';
import { getAt } from '../bundle/paths-access.ts';
import { BundleError } from '../errors.ts';
import { helpOf, type Open } from './collect.ts';
import { nodeRows, orderNodes } from './nodes.ts';
import type { Prompter } from './prompter.ts';
import { answersOf, problemWith, type Session } from './session.ts';
import { textOf, valueFromText } from './value-text.ts';

/**
 * Why nothing is known to have this image: no registry gives it, and the engine holds none; undefined if it is found.
 */
export type FindImage = (reference: string) => Promise<string | undefined>;

/**
 * Asks one question until the answer will do.
 * @param session with the answers that the value is judged by
 * @returns undefined for an optional question that was left empty
 * @throws WentBack
 */
export async function askQuestion(
  open: Open,
  session: Session,
  prompter: Prompter,
  findImage: FindImage,
): Promise<unknown> {
  for (;;) {
    const value = await askValue(open, session, prompter, findImage);
    const problem = value === undefined ? undefined : problemWith(open.question, value, session);
    if (problem === undefined) return value;
    prompter.say(`  ${problem}`);
  }
}

async function askValue(open: Open, session: Session, prompter: Prompter, findImage: FindImage): Promise<unknown> {
  const { question } = open;
  const { message } = question;
  const help = helpOf(open);
  if (question.ask === 'confirm')
    return prompter.confirm({ message, help, back: true, default: open.default === true });
  if (question.ask === 'select') {
    return prompter.select({
      message,
      help,
      back: true,
      choices: question.choices ?? [],
      ...(typeof open.default === 'string' ? { default: open.default } : {}),
    });
  }
  if (question.ask === 'nodes' && session.swarmNodes && session.swarmNodes.length > 0)
    return pickNodes(open, session, session.swarmNodes, prompter);
  return askText(open, session, prompter, findImage);
}

async function pickNodes(open: Open, session: Session, nodes: KnownNode[], prompter: Prompter): Promise<string[]> {
  const { question } = open;
  const standing = standingNodes(open, session);
  const proposed = Array.isArray(open.default) ? open.default.map(String) : standing;
  const known = nodes.map((node) => node.hostname);
  const choices = [
    ...nodeRows(nodes).map(({ value, row }) => ({ value, name: row })),
    // An earlier answer stays on the list although the swarm does not know it (any more).
    ...[...new Set(proposed)]
      .filter((node) => !known.includes(node))
      .map((node) => ({ value: node, name: `${node}  not in this swarm` })),
  ];
  const { message } = question;
  const help = helpOf(open);
  if (question.single)
    return [
      await prompter.select({
        message,
        help,
        back: true,
        choices,
        ...(proposed[0] === undefined ? {} : { default: proposed[0] }),
      }),
    ];
  const arrange = (picked: string[]): string[] => orderNodes(picked, proposed, standing);
  const check = (picked: string[]): string | undefined =>
    picked.length === 0 ? 'pick at least one' : problemWith(question, arrange(picked), session);
  return arrange(await prompter.checkbox({ message, help, back: true, choices, checked: proposed, arrange, check }));
}

function standingNodes({ question }: Open, session: Session): string[] {
  const standing = getAt(answersOf(session), question.path);
  return Array.isArray(standing) ? standing.map(String) : [];
}

async function askText(open: Open, session: Session, prompter: Prompter, findImage: FindImage): Promise<unknown> {
  const { question } = open;
  const key = session.keys.find((each) => each.path === question.path);
  if (!key) throw new TypeError(`question ${question.path} has no key in the schema`);
  const { message } = question;
  const help = helpOf(open);
  const told = new Set(question.ask === 'image' && open.why !== undefined ? [textOf(open.default)] : []);
  const text = await prompter.text({
    message,
    help: question.ask === 'nodes' && !question.single ? `${help} Several with commas.` : help,
    back: true,
    ...(open.default === undefined ? {} : { default: textOf(open.default) }),
    check: async (typed) => {
      if (typed.trim() === '')
        return question.optional ? problemWith(question, undefined, session) : 'an answer is needed';
      const read = readText(key, typed);
      if ('problem' in read) return read.problem;
      const { value } = read;
      const problem = problemWith(question, value, session);
      if (problem !== undefined || question.ask !== 'image' || told.has(textOf(value))) return problem;
      const why = await findImage(textOf(value));
      told.add(textOf(value));
      return why === undefined ? undefined : `${why}. Enter once more takes it anyway`;
    },
  });
  return text.trim() === '' ? undefined : valueFromText(key, text);
}

/** What was typed, as a value; a mistake in it is told at its question, and costs no answer before it. */
function readText(key: Key, typed: string): { value: unknown } | { problem: string } {
  try {
    return { value: valueFromText(key, typed) };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { problem: [error.message, ...error.hints].join('; ') };
  }
}
