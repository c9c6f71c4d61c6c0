import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** How fast a person types and reads. */
export interface Pace {
  /** Between two keys, in ms. */
  key: number;
  /** To read a question, in ms. */
  screen: number;
}

export const PERSON: Pace = { key: 150, screen: 1000 };

export interface Played {
  code: number;
  /** All that was on the terminal, without escape sequences. */
  screen: string;
  /** The questions, in order. */
  asked: string[];
}

/**
 * Runs a program at a terminal (util-linux's `script` makes one) and answers each question as it comes up: the keys of
 * the first pattern that matches it, with the default that stands behind it, or Enter.
 */
export function play(
  command: readonly string[],
  answers: readonly (readonly [RegExp, string])[],
  options: { env: NodeJS.ProcessEnv; cwd: string; pace: Pace; columns?: number; rows?: number },
): Promise<Played> {
  const { env, cwd, pace, columns = 80, rows = 24 } = options;
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qefc', `stty cols ${columns} rows ${rows}; exec ${words}`, '/dev/null'], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let screen = '';
    let since = '';
    const asked: string[] = [];
    const answer = async (question: string, line: string): Promise<void> => {
      asked.push(question);
      const keys = answers.find(([pattern]) => pattern.test(line))?.[1] ?? '';
      await pause(pace.screen);
      since = '';
      for (const key of [...keys, '\r']) {
        child.stdin.write(key);
        await pause(pace.key);
      }
    };
    child.stdout.on('data', (chunk: Buffer) => {
      const text = plain(chunk.toString());
      screen += text;
      since += text;
      // What is being typed is drawn again and again: the same question.
      const [line, open] = [...since.matchAll(/^\? (.+?)(?: \(.*)?\r?$/gm)].at(-1) ?? [];
      const last = asked.at(-1);
      if (line === undefined || open === undefined || (last !== undefined && open.startsWith(last))) return;
      answer(open.trim(), line.slice(2)).catch(reject);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, screen, asked }));
  });
}

const plain = (text: string): string => text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r\n', '\n');
