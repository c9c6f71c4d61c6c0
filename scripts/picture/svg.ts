/**
 * A terminal's text with its colours as an SVG picture: as much of ECMA-48's SGR as tmux writes (`capture-pane -e`).
 */

/** Colours of a dark terminal, by SGR number. */
const COLOURS: Readonly<Record<number, string>> = {
  30: '#484f58',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#56d4dd',
  37: '#e6edf3',
};
const [WIDTH, HEIGHT, MARGIN] = [8.4, 18, 16];

interface Style {
  colour: string | undefined;
  bold: boolean;
  dim: boolean;
}

const escape = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);

/** Applies the numbers of one SGR sequence. */
function styled(style: Style, numbers: readonly number[]): Style {
  return numbers.reduce<Style>((now, code) => {
    if (code === 0) return { colour: undefined, bold: false, dim: false };
    if (code === 1) return { ...now, bold: true };
    if (code === 2) return { ...now, dim: true };
    if (code === 22) return { ...now, bold: false, dim: false };
    if (code === 39) return { ...now, colour: undefined };
    const base = code >= 90 && code <= 97 ? code - 60 : code;
    return base in COLOURS ? { ...now, colour: COLOURS[base] } : now;
  }, style);
}

/**
 * @param text lines of a terminal, with SGR sequences @param columns its width
 * @returns the picture; colours go on over the ends of lines, as in a terminal
 */
export function terminalSvg(text: string, columns: number): string {
  const lines = text.replace(/\n+$/, '').split('\n');
  let style: Style = { colour: undefined, bold: false, dim: false };
  const rows = lines.map((line, index) => {
    const spans: string[] = [];

    for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
      const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
      if (codes !== undefined) style = styled(style, codes.split(';').map(Number));
      else if (part !== '') {
        const marks = [
          ...(style.colour ? [`fill="${style.colour}"`] : []),
          ...(style.bold ? ['font-weight="bold"'] : []),
          ...(style.dim ? ['opacity="0.6"'] : []),
        ];
        spans.push(marks.length > 0 ? `<tspan ${marks.join(' ')}>${escape(part)}</tspan>` : escape(part));
      }
    }
    return `<text x="${MARGIN}" y="${MARGIN + HEIGHT * (index + 1)}">${spans.join('')}</text>`;
  });
  const [width, height] = [columns * WIDTH + 2 * MARGIN, lines.length * HEIGHT + 2.5 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#c9d1d9" xml:space="preserve">`,
    ...rows,
    '</g></svg>\n',
  ].join('\n');
}
