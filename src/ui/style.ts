import { styleText } from 'node:util';
import stringWidth from 'fast-string-width';

type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Text formats for one output stream; each gives the text as it is where the stream or the user wants no colour. */
export type Style = Readonly<Record<Format, (text: string) => string>>;

/**
 * Formats for a stream. Node looks at the stream, NO_COLOR and FORCE_COLOR; `color: false` is `--no-color`.
 * Single formats only, nested where needed: on Node 20 an array of formats ignores the stream.
 */
export function createStyle(stream: NodeJS.WritableStream, options: { color: boolean } = { color: true }): Style {
  const one =
    (format: Format) =>
    (text: string): string =>
      options.color ? styleText(format, text, { stream }) : text;
  return {
    bold: one('bold'),
    dim: one('dim'),
    red: one('red'),
    green: one('green'),
    yellow: one('yellow'),
    cyan: one('cyan'),
  };
}

/** A text's width on a terminal: escape sequences take none, wide characters two columns. */
export function widthOf(text: string): number {
  return stringWidth(text);
}
