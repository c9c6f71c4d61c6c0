/**
 * A command of the shell that writes what another one prints over a file that may be the only copy of something, once
 * all of it is there: a `>` alone empties the file before that command has begun. `-f`: on some systems root’s `mv`
 * asks.
 */
export const writeOver = (command: string, file: string): string =>
  `${command} > ${file}.new && mv -f ${file}.new ${file}`;
