import { styleText } from 'node:util';
import stringWidth from 'fast-string-width';

type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Text formats for one output stream; each gives the text as it is if the stream or the user wants no colour. */
export type Style = Readonly<Record<Format, (text: string) => string>>;

/**
 * Formats for a stream. Node looks at the stream, NO_COLOR and FORCE_COLOR; `color: false` is `--no-color`.
 * Single formats only, nested if needed: on Node 20 an array of formats ignores the stream.
 */
export const createStyle = (stream: NodeJS.WritableStream, options: { color: boolean } = { color: true }): Style =>
  formats((format, text) => (options.color ? styleText(format, text, { stream }) : text));

/** The same formats for whoever has decided already whether there are colours. */
export const styleFor = (color: boolean): Style =>
  formats((format, text) => (color && text !== '' ? styleText(format, text, { validateStream: false }) : text));

const formats = (put: (format: Format, text: string) => string): Style => ({
  bold: (text) => put('bold', text),
  dim: (text) => put('dim', text),
  red: (text) => put('red', text),
  green: (text) => put('green', text),
  yellow: (text) => put('yellow', text),
  cyan: (text) => put('cyan', text),
});

/** A text's width on a terminal: escape sequences take none, wide characters two columns. */
export function widthOf(text: string): number {
  return stringWidth(text);
}
