import { columnsOf } from './layout.ts';
import type { Terminal } from './reporter.ts';
import { createStyle, type Style } from './style.ts';

/** Where a report is read: how wide it is, and which colours it has. */
export interface Screen {
  style: Style;
  /** In columns. */
  width: number;
}

/** Where a command's results are read: its standard output. */
export function resultScreen({ color, env }: Pick<Terminal, 'color'> & { env: NodeJS.ProcessEnv }): Screen {
  return { style: createStyle(process.stdout, { color }), width: columnsOf(process.stdout, env) };
}

/** Where all else is read: its standard error. */
export function messageScreen({
  color,
  env,
  terminal,
}: Pick<Terminal, 'color' | 'terminal'> & { env: NodeJS.ProcessEnv }): Screen {
  return { style: createStyle(terminal ?? process.stderr, { color }), width: columnsOf(terminal ?? {}, env) };
}
