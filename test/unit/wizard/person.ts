import { screen } from '@inquirer/testing/vitest';
import { vi } from 'vitest';

/** The question that is open on the screen, without its mark; undefined between two. */
function open(): string | undefined {
  return screen
    .getScreen()
    .split('\n')
    .find((line) => line.startsWith('? '))
    ?.slice(2);
}

const matches = (question: string, pattern: RegExp | string): boolean =>
  typeof pattern === 'string' ? question.startsWith(pattern) : pattern.test(question);

/** Waits until a question matches, and gives the whole screen. */
export async function asked(pattern: RegExp | string): Promise<string> {
  await vi.waitFor(
    () => {
      const question = open();
      if (question === undefined || !matches(question, pattern))
        throw new Error(`not asked yet: ${pattern}; on the screen: ${screen.getScreen()}`);
    },
    { timeout: 60_000, interval: 5 },
  );
  return screen.getScreen();
}

/** Takes the default of every question until one matches. */
export async function defaultsUntil(pattern: string | RegExp): Promise<string> {
  const question = (not?: string): Promise<string> =>
    vi.waitFor(
      () => {
        const now = open();
        if (now === undefined || now === not)
          throw new Error(`no ${not === undefined ? '' : 'other '}question; on the screen: ${screen.getScreen()}`);
        return now;
      },
      { timeout: 60_000, interval: 5 },
    );
  let now = await question();
  for (let count = 0; count < 60; count++) {
    if (matches(now, pattern)) return screen.getScreen();
    screen.keypress('enter');
    now = await question(now);
  }
  throw new Error(`never asked: ${pattern}`);
}

/** Waits for a text on the screen, wherever it is folded; for example a refusal. */
export async function shown(text: string | RegExp): Promise<void> {
  await vi.waitFor(
    () => {
      const now = screen.getScreen();
      const found = [now, now.replace(/\s+/g, ' ')].some((each) =>
        typeof text === 'string' ? each.includes(text) : text.test(each),
      );
      if (!found) throw new Error(`not shown: ${text}; on the screen: ${now}`);
    },
    { timeout: 60_000, interval: 5 },
  );
}

/** Chooses the row of the open list that begins with these words. */
export async function choose(row: string): Promise<void> {
  screen.type(row);
  await shown(`❯ ${row}`);
  enter();
}

/** Goes to the list of suggestions with every default on the way, and chooses one to change. */
export async function changeSuggestion(row: string): Promise<void> {
  await defaultsUntil(/^(\d+ more answers|One more answer)/);
  await choose(row);
}

/** Goes to the summary with every default on the way, and chooses an answer to change. */
export async function changeAnswer(row: string): Promise<void> {
  await defaultsUntil(/^(Write|Nothing in)/);
  await choose('change an answer');
  await asked('Which answer?');
  await choose(row);
}

export const enter = (): void => screen.keypress('enter');
export const key = (name: string): void => screen.keypress(name);

/** Types a line and sends it. */
export function type(text: string): void {
  screen.type(text);
  screen.keypress('enter');
}

/** Ctrl-C, as readline hears it. */
export function controlC(): void {
  screen.keypress({ name: 'c', ctrl: true });
}
