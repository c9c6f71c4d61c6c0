import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { terminalPrompter } from '../../../src/wizard/prompts.ts';

/** What is answered and said of what came in these pieces, each in a turn of its own. */
async function answered(kind: 'text' | 'hidden', ...pieces: string[]): Promise<{ answer: string; said: string }> {
  const stdin = new PassThrough();
  let said = '';
  const stderr = (text: string): void => void (said += text);
  const prompter = terminalPrompter({ stdin, stderr, color: false, signal: new AbortController().signal });
  const answering = prompter[kind]({ message: 'Nodes', check: (text: string) => (text === 'bad' ? 'no' : undefined) });
  for (const piece of pieces) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    stdin.write(piece);
  }
  return { answer: await answering, said };
}
const CUT = 'Several lines came at once: only the first is taken. A list goes into one line, with commas.';

it.each<['text' | 'hidden', string]>([
  ['text', 'n1\rn2\rn3\r'],
  ['text', 'n1\r\nn2\r\n'],
  ['text', 'n1\nn2'],
  ['hidden', 'n1\nn2\n'],
])('of several lines that are pasted (%s, %j) the first is taken, and that is said', async (kind, pasted) => {
  const { answer, said } = await answered(kind, pasted);
  expect(answer).toBe('n1');
  expect(said.replace(/\s+/g, ' ')).toContain(CUT);
});

it.each([[['n1', '\r']], [['n1\r\n']], [['n1\n']], [['bad\rn2\r', '\b\b\bn1', '\r']]])(
  'of %j nothing is left out, and nothing said',
  async (pieces) => {
    const { answer, said } = await answered('text', ...pieces);
    expect(answer).toBe('n1');
    expect(said).not.toContain('Several lines');
  },
);
