import type { BundleAccess, Trusted } from '../project/access.ts';
import type { Way } from '../sdk/definition.ts';
import { columns, flow, fold } from '../ui/layout.ts';
import type { Screen } from '../ui/screen.ts';

/** What `bundle open` prints: ways in, whom to trust, files of clients, and what to do first. */
export function accessText(stack: string, { ways, trust, risks, first }: BundleAccess, screen: Screen): string {
  const { style, width } = screen;
  const urls = ways.flatMap((way) => ('url' in way ? [way] : []));
  const files = ways.flatMap((way) => ('file' in way ? [way] : []));
  const parts = [
    [
      style.bold(stack),
      ...columns(
        urls.map((way) => [way.title, [way.url, ...(way.notes ?? [])].join('\n')]),
        width,
        '  ',
      ),
      ...riskLines(risks, screen),
    ],
    trust.length === 0 ? [] : [style.bold('Trust'), ...trust.flatMap((one) => trustLines(one, width))],
    ...files.map(({ title, file, notes = [] }) => [
      style.bold(`${file.name}: ${title}`),
      ...notes.flatMap((note) => fold(`  (${note})`, width, 3)),
      // As it is: a file that was broken into lines would be another one.
      ...file.text
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`),
    ]),
    first.length === 0 ? [] : [style.bold('The first time'), ...firstLines(first, width)],
  ].filter((part) => part.length > 0);
  return `${parts.map((part) => part.join('\n')).join('\n\n')}\n`;
}

/** The ways with an address, as many on a line as fit: `UI https://node1:9097`. */
export function wayLines(ways: readonly Way[], width: number): string[] {
  return flow(
    ways.flatMap((way) => ('url' in way ? [`${way.title} ${way.url}`] : [])),
    width,
    '  ',
  );
}

/** What whoever can reach it may do, or see. */
export function riskLines(risks: readonly string[], { style, width }: Screen): string[] {
  return risks.flatMap((text) => fold(`! ${text}`, width).map((line) => style.yellow(line)));
}

/** What to do first, numbered if it is several. */
export function firstLines(first: readonly string[], width: number): string[] {
  return first.flatMap((text, at) => fold(first.length === 1 ? `  ${text}` : `  ${at + 1}. ${text}`, width, 5));
}

function trustLines({ path, here, subject, sha256, notAfter }: Trusted, width: number): string[] {
  const facts = [
    ...(subject === undefined ? [] : [subject]),
    ...(notAfter === undefined ? [] : [`until ${notAfter.slice(0, 10)}`]),
    ...(here ? [] : ['not on this machine']),
  ].join(', ');
  return [
    ...fold(`  ${path}${facts === '' ? '' : `  ${facts}`}`, width),
    ...(sha256 === undefined ? [] : fingerprintLines(sha256, width)),
  ];
}

/** As browsers and openssl write it: pairs of digits with colons; on two lines if it does not fit on one. */
function fingerprintLines(sha256: string, width: number): string[] {
  const pairs = sha256.toUpperCase().match(/../g) ?? [];
  const halves = [pairs.slice(0, 16).join(':'), pairs.slice(16).join(':')];
  const whole = `  SHA-256 ${halves.join(':')}`;
  return whole.length <= width ? [whole] : [`  SHA-256 ${halves[0] ?? ''}:`, `          ${halves[1] ?? ''}`];
}
