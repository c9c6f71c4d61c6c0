import { describe, expect, it } from 'vitest';
import { OpenQuestion } from '../../../src/swarm/open-question.ts';
import { VirtualClock } from '../converge/virtual-clock.ts';

/** Questions that are answered by hand, in the order in which they were asked. */
function answerable() {
  const answers: ((value: string) => void)[] = [];
  const refusals: ((error: Error) => void)[] = [];
  const question = (): Promise<string> =>
    new Promise((resolve, reject) => {
      answers.push(resolve);
      refusals.push(reject);
    });
  return { answers, refusals, question };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a question that stays open', () => {
  it('is answered by the first that comes, be it the one that was given up or the one beside it', async () => {
    for (const first of [0, 1]) {
      const { answers, question } = answerable();
      const open = new OpenQuestion<string>(new VirtualClock());
      const [given, beside] = [open.ask(question), open.ask(question, { beside: true })];
      answers[first]?.('so it is');
      expect((await beside).value).toBe('so it is');
      answers[1 - first]?.('so it was');
      await given;
      expect(answers).toHaveLength(2);
    }
  });

  it('is asked by two at most at the same time, however often it is given up', async () => {
    const { answers, question } = answerable();
    const open = new OpenQuestion<string>(new VirtualClock());
    const asked = [false, true, true, true].map((beside) => open.ask(question, { beside }));
    expect(answers).toHaveLength(2);
    for (const answer of answers) answer('so it is');
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(Array(4).fill('so it is'));
  });

  it('is not forgotten where an earlier one, long given up, is answered after all', async () => {
    const { answers, question } = answerable();
    const open = new OpenQuestion<string>(new VirtualClock());
    const given = open.ask(question);
    const second = open.ask(question, { beside: true });
    answers[1]?.('second');
    await second;
    const third = open.ask(question);
    answers[0]?.('first');
    expect((await given).value).toBe('first');
    await settled();
    const fourth = open.ask(question);
    expect(answers).toHaveLength(3);
    answers[2]?.('third');
    expect([(await third).value, (await fourth).value]).toEqual(['third', 'third']);
  });

  it('fails with the error of the last if all fail, and is asked anew then', async () => {
    const { refusals, question } = answerable();
    const open = new OpenQuestion<string>(new VirtualClock());
    const [given, beside] = [open.ask(question), open.ask(question, { beside: true })];
    refusals[0]?.(new Error('first'));
    refusals[1]?.(new Error('second'));
    await expect(given).rejects.toThrow('first');
    await expect(beside).rejects.toThrow('second');
    void open.ask(question);
    expect(refusals).toHaveLength(3);
  });
});
