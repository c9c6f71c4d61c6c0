import { Writable, type Readable } from 'node:stream';
import { checkbox, confirm, input, password, select } from '@inquirer/prompts';
import { BundleError, EXIT } from '../errors.ts';
import { fold, terminalColumns } from '../ui/layout.ts';
import { styleFor, type Style } from '../ui/style.ts';
import { WentBack, type Ask, type Prompter } from './prompter.ts';

/** The terminal that questions are drawn on. Never standard output: that one is for results. */
export interface PromptTerminal {
  stdin: Readable;
  stderr: (text: string) => void;
  color: boolean;
  signal: AbortSignal;
}

/** Asks on a terminal. The only file that knows the prompt library: commands load it when there is somebody to ask. */
export function terminalPrompter(terminal: PromptTerminal): Prompter {
  const draw = <T>({ back = false }: Ask, show: (context: Context) => Promise<T>): Promise<T> =>
    untilClosed(terminal, back, (signal, context) =>
      show(Object.assign(context, { input: terminal.stdin, output: screen(terminal), signal })),
    );
  const theme = (ask: Ask) => themed(terminal.color, ask);
  const verdict = (problem: string | undefined): true | string =>
    problem === undefined ? true : fold(problem, columns() - 4, 2).join('\n');
  return {
    text: (ask) =>
      draw(ask, (context) => {
        const { message, check, default: byDefault } = ask;
        const rest = byDefault === undefined ? {} : { default: byDefault };
        const validate = async (text: string) => verdict(await check(text));
        return input({ message, theme: theme(ask), validate, ...rest }, context);
      }),
    confirm: (ask) =>
      draw(ask, (context) => confirm({ message: ask.message, default: ask.default, theme: theme(ask) }, context)),
    select: (ask) =>
      draw(ask, (context) => {
        const { message, choices, default: byDefault } = ask;
        const rest = byDefault === undefined ? {} : { default: byDefault };
        return select({ message, choices: choices.map(short), theme: theme(ask), ...list(), ...rest }, context);
      }),
    checkbox: (ask) =>
      draw(ask, (context) => {
        const { message, choices, checked, arrange, check } = ask;
        return checkbox(
          {
            message,
            theme: arranged(theme(ask), arrange),
            ...list(),
            choices: choices.map((choice) => ({ ...short(choice), checked: checked.includes(choice.value) })),
            validate: (picked) => verdict(check(picked.map(({ value }) => value))),
          },
          context,
        );
      }),
    hidden: (ask) =>
      draw(ask, (context) =>
        password(
          {
            message: ask.message,
            mask: '•',
            toggleMask: false,
            theme: theme(ask),
            validate: (text) => verdict(ask.check(text)),
          },
          context,
        ),
      ),
    say: (line) => say(terminal, line),
  };
}

const CUT = '  Several lines came at once: only the first is taken. A list goes into one line, with commas.';

function say(terminal: PromptTerminal, text: string): void {
  const { style } = palette(terminal.color);
  for (const each of text.split('\n'))
    for (const part of fold(each, columns(), 2)) terminal.stderr(`${style('yellow', part)}\n`);
}

/** As long as the terminal has room for it below a question and its help. */
const list = () => ({ loop: false, pageSize: Math.max(5, (process.stderr.rows || 24) - 9) });

interface Context {
  input?: NodeJS.ReadableStream;
  output?: NodeJS.WritableStream;
  signal?: AbortSignal;
  clearPromptOnDone?: boolean;
}

/** After the answer only the first cell of a row is shown. */
function short<C extends { name: string }>(choice: C): C & { short: string } {
  return { ...choice, short: choice.name.split(/\s{2,}/)[0] ?? choice.name };
}

/**
 * Runs one prompt; Ctrl-C, a closed input (Ctrl-D) and the process's own signals all end it the same way. Left alone,
 * the library lets a closed input end the process in the middle of things, with exit code 0.
 * @param back Esc ends it, too
 * @throws BundleError (exit 130)
 * @throws WentBack
 */
async function untilClosed<T>(
  terminal: PromptTerminal,
  back: boolean,
  draw: (signal: AbortSignal, context: Context) => Promise<T>,
): Promise<T> {
  const closed = new AbortController();
  const left = new AbortController();
  const context: Context = {};
  /** Something came together with the Enter, after it. */
  let cut = false;
  // readline pauses its input when it closes. A prompt that was answered has settled by the next turn of the loop, and
  // is left alone.
  const onPause = (): void => void setImmediate(() => closed.abort());
  let entered = false;
  const onKey = (_text: unknown, key: { name?: string } | undefined): void => {
    const isEnter = key?.name === 'return' || key?.name === 'enter';
    // What comes in one piece is told key by key in one turn of the loop; the prompt is deaf until it has settled.
    if (isEnter && !entered) {
      cut = false;
      setImmediate(() => (entered = false));
    } else if (entered && !isEnter) cut = true;
    entered ||= isEnter;
    if (!back || key?.name !== 'escape') return;
    // The question is taken off the screen: it is asked again.
    context.clearPromptOnDone = true;
    left.abort();
  };
  const events = ['pause', 'end', 'close'] as const;
  for (const event of events) terminal.stdin.on(event, onPause);
  terminal.stdin.on('keypress', onKey);
  try {
    const answer = await draw(AbortSignal.any([terminal.signal, closed.signal, left.signal]), context);
    if (cut) say(terminal, CUT);
    return answer;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (!['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(name)) throw error;
    if (terminal.signal.aborted && terminal.signal.reason instanceof BundleError) throw terminal.signal.reason;
    if (left.signal.aborted) throw new WentBack();
    throw new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted });
  } finally {
    for (const event of events) terminal.stdin.off(event, onPause);
    terminal.stdin.off('keypress', onKey);
  }
}

/** A stream for one prompt; the library ends it. It has the terminal's width, which long lines are broken at. */
function screen(terminal: PromptTerminal): Writable {
  const stream = new Writable({
    write(chunk: Buffer | string, _encoding, done) {
      terminal.stderr(chunk.toString());
      done();
    },
  });
  return Object.assign(stream, { columns: columns(), isTTY: true });
}

const columns = terminalColumns;

function palette(color: boolean) {
  const styles = styleFor(color);
  return { style: (name: keyof Style, text: string): string => styles[name](text) };
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
function themed(color: boolean, { help, back = false }: Ask) {
  const { style } = palette(color);
  const lead =
    help === undefined
      ? ''
      : `\n${fold(`  ${help}`, columns() - 2, 2)
          .map((line) => style('dim', line))
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
        style(
          'dim',
          `  ${[...keys, ...(back ? [['esc', 'back']] : [])].map(([key, action]) => `${key} ${action}`).join(' · ')}`,
        ),
    },
  };
}
