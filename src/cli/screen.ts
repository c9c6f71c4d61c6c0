import { columnsOf } from '../ui/layout.ts';
import type { Screen } from '../ui/screen.ts';
import { createStyle } from '../ui/style.ts';
import type { CommandIo } from './io.ts';

/** Where a command's results are read: its standard output. */
export function resultScreen(io: Pick<CommandIo, 'color' | 'env'>): Screen {
  return {
    style: createStyle(process.stdout, { color: io.color }),
    width: columnsOf(process.stdout, io.env),
  };
}

/** Where all else is read: its standard error. */
export function messageScreen(io: Pick<CommandIo, 'color' | 'env' | 'terminal'>): Screen {
  const stream = io.terminal ?? process.stderr;
  return { style: createStyle(stream, { color: io.color }), width: columnsOf(io.terminal ?? {}, io.env) };
}
