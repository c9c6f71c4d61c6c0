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

/** Waits until a question matches, and gives the whole screen. */
export async function asked(pattern: RegExp | string): Promise<string> {
  await vi.waitFor(
    () => {
      const question = open();
      if (
        question === undefined ||
        !(typeof pattern === 'string' ? question.startsWith(pattern) : pattern.test(question))
      )
        throw new Error(`not asked yet: ${pattern}; on the screen: ${screen.getScreen()}`);
    },
    { timeout: 20_000, interval: 5 },
  );
  return screen.getScreen();
}

/** Takes the default of every question until one matches. */
export async function defaultsUntil(pattern: string): Promise<string> {
  const question = (not?: string): Promise<string> =>
    vi.waitFor(
      () => {
        const now = open();
        if (now === undefined || now === not)
          throw new Error(`no ${not === undefined ? '' : 'other '}question; on the screen: ${screen.getScreen()}`);
        return now;
      },
      { timeout: 20_000, interval: 5 },
    );
  let now = await question();
  for (let count = 0; count < 60; count++) {
    if (now.startsWith(pattern)) return screen.getScreen();
    screen.keypress('enter');
    now = await question(now);
  }
  throw new Error(`never asked: ${pattern}`);
}

/** Waits for a text on the screen, for example a refusal. */
export async function shown(text: string | RegExp): Promise<void> {
  await vi.waitFor(
    () => {
      if (!screen.getScreen().match(text)) throw new Error(`not shown: ${text}; on the screen: ${screen.getScreen()}`);
    },
    { timeout: 20_000, interval: 5 },
  );
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
