import { Writable, type Readable } from 'node:stream';
import { checkbox, confirm, input, password, select } from '@inquirer/prompts';
import { BundleError, EXIT } from '../errors.ts';
import type { Prompter } from './prompter.ts';

/** The terminal that questions are drawn on. Never standard output: that one is for results. */
export interface Terminal {
  stdin: Readable;
  stderr: (text: string) => void;
  color: boolean;
  signal: AbortSignal;
}

/** Asks on a terminal. The only file that knows the prompt library: commands load it when there is somebody to ask. */
export function terminalPrompter(terminal: Terminal): Prompter {
  const { style } = palette(terminal.color);
  const ask = <T>(draw: (context: Context) => Promise<T>): Promise<T> =>
    untilClosed(terminal, (signal) => draw({ input: terminal.stdin, output: screen(terminal), signal }));
  const theme = (help?: string) => themed(terminal.color, help);
  const verdict = (problem: string | undefined): true | string => problem ?? true;
  return {
    text: ({ message, help, check, ...rest }) =>
      ask((context) =>
        input({ message, theme: theme(help), validate: async (text) => verdict(await check(text)), ...rest }, context),
      ),
    confirm: ({ message, help, default: byDefault }) =>
      ask((context) => confirm({ message, default: byDefault, theme: theme(help) }, context)),
    select: ({ message, help, choices, ...rest }) =>
      ask((context) =>
        select(
          { message, choices: choices.map(short), theme: theme(help), loop: false, pageSize: 12, ...rest },
          context,
        ),
      ),
    checkbox: ({ message, help, choices, checked, arrange, check }) =>
      ask((context) =>
        checkbox(
          {
            message,
            theme: arranged(theme(help), arrange),
            loop: false,
            pageSize: 12,
            choices: choices.map((choice) => ({ ...short(choice), checked: checked.includes(choice.value) })),
            validate: (picked) => verdict(check(picked.map(({ value }) => value))),
          },
          context,
        ),
      ),
    hidden: ({ message, help, check }) =>
      ask((context) =>
        password(
          { message, mask: '•', toggleMask: false, theme: theme(help), validate: (text) => verdict(check(text)) },
          context,
        ),
      ),
    say: (line) => terminal.stderr(`${style('yellow', line)}\n`),
  };
}

interface Context {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
}

/** After the answer only the value is shown, not the whole row. */
function short<C extends { value: string; name: string }>(choice: C): C & { short: string } {
  return { ...choice, short: /\s{2,}/.test(choice.name) ? choice.value : choice.name };
}

/**
 * Runs one prompt; Ctrl-C, a closed input (Ctrl-D) and the process's own signals all end it the same way. Left alone,
 * the library lets a closed input end the process in the middle of things, with exit code 0.
 * @throws BundleError (exit 130)
 */
async function untilClosed<T>(terminal: Terminal, draw: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const closed = new AbortController();
  // readline pauses its input when it closes. A prompt that was answered has settled by the next turn of the loop, and
  // is left alone.
  const onPause = (): void => void setImmediate(() => closed.abort());
  const events = ['pause', 'end', 'close'] as const;
  for (const event of events) terminal.stdin.on(event, onPause);
  try {
    return await draw(AbortSignal.any([terminal.signal, closed.signal]));
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (!['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(name)) throw error;
    if (terminal.signal.aborted && terminal.signal.reason instanceof BundleError) throw terminal.signal.reason;
    throw new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted });
  } finally {
    for (const event of events) terminal.stdin.off(event, onPause);
  }
}

/** A stream for one prompt; the library ends it. It has the terminal's width, which long lines are broken at. */
function screen(terminal: Terminal): Writable {
  const stream = new Writable({
    write(chunk: Buffer | string, _encoding, done) {
      terminal.stderr(chunk.toString());
      done();
    },
  });
  return Object.assign(stream, { columns: columns(), isTTY: true });
}

const columns = (): number => process.stderr.columns ?? 80;

/** Broken between words: the library would break within one. */
function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length + 4 > columns()) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

const CODES = {
  dim: [2, 22],
  bold: [1, 22],
  cyan: [36, 39],
  green: [32, 39],
  red: [31, 39],
  yellow: [33, 39],
} as const;

function palette(color: boolean) {
  return {
    style: (name: keyof typeof CODES, text: string): string =>
      color && text !== '' ? `\u001b[${CODES[name][0]}m${text}\u001b[${CODES[name][1]}m` : text,
  };
}

/** What was picked is shown in the order in which it counts. */
function arranged<T extends { style: object }>(theme: T, arrange: (values: string[]) => string[]) {
  const renderSelectedChoices = (selected: readonly { value: unknown }[]): string =>
    arrange(selected.map(({ value }) => String(value))).join(', ');
  return { ...theme, style: { ...theme.style, renderSelectedChoices } };
}

/**
 * The help line stands above its question while it is open, and goes when it is answered: what stays is questions and
 * answers.
 */
function themed(color: boolean, help: string | undefined) {
  const { style } = palette(color);
  const lead =
    help === undefined
      ? ''
      : `\n${wrapped(help)
          .map((line) => style('dim', `  ${line}`))
          .join('\n')}\n`;
  return {
    prefix: { idle: `${lead}${style('cyan', '?')}`, done: style('green', '✔') },
    style: {
      answer: (text: string) => style('cyan', text),
      message: (text: string) => style('bold', text),
      error: (text: string) => style('red', `  ${text}`),
      defaultAnswer: (text: string) => style('dim', `(${text})`),
      help: (text: string) => style('dim', text),
      highlight: (text: string) => style('cyan', text),
      key: (text: string) => style('cyan', text),
      description: (text: string) => style('dim', `  ${text}`),
      disabled: (text: string) => style('dim', text),
      keysHelpTip: (keys: [key: string, action: string][]) =>
        style('dim', `  ${keys.map(([key, action]) => `${key} ${action}`).join(' · ')}`),
    },
  };
}
