import { unescaped } from './unescape.ts';
import { variantsOf } from './variants.ts';

/** Takes every known secret value out of a text. */
export interface Redactor {
  /** A line of a container. */
  (text: string): string;
  /** False if a value is not known: then lines of containers must not be quoted at all. */
  readonly quotes: boolean;
  /** Why it does not quote, to follow "since"; empty if it does. */
  readonly why: string;
  /** Words of bundle or of the engine, which are said in any case: without the values that are known. */
  readonly words: (text: string) => string;
  /** No value takes more characters of a text: without so many at its end, a text that was cut has no half of one. */
  readonly reach: number;
}

/** Of `\u003d`, for one character. */
const LONGEST_ESCAPE = 6;
const REDACTED = '[redacted]';

/**
 * Replaces every occurrence of every value: whole, line by line, and as base64, URL-encoded and JSON-escaped text,
 * whatever of it the writer of that JSON escaped. Occurrences that overlap are replaced as one, so that no tail of
 * either stays. Their forms are worked out with the first text: of many keys that takes milliseconds.
 */
export function createRedactor(values: readonly (Buffer | string)[]): Redactor {
  let worked: readonly string[] | undefined;
  const variants = (): readonly string[] => (worked ??= [...new Set(values.flatMap((value) => variantsOf(value)))]);
  const redact = (text: string): string =>
    replace(text, merge([...spansOf(text, variants()), ...escapedSpansOf(text, variants())]));
  const reach = {
    get: () => LONGEST_ESCAPE * Math.max(0, ...variants().map(({ length }) => length)),
    enumerable: true,
  };
  return Object.defineProperty(
    Object.assign(redact, { quotes: true, why: '', words: redact, reach: 0 }),
    'reach',
    reach,
  );
}

/**
 * For who does not know every value: a secret cannot be told from other words, so that no line is quoted.
 * @param why to follow "since"
 * @param values those that are known
 */
export function withhold(why: string, values: readonly (Buffer | string)[] = []): Redactor {
  return Object.assign(() => '[withheld]', { quotes: false, why, words: createRedactor(values), reach: 0 });
}

/** For a checkout without `secrets/`. */
export const withholdAll: Redactor = withhold('this checkout has no secrets/ to redact it with');

/** What stands in place of log lines that are withheld. */
export function withheldNotice(taskId: string, { why }: Pick<Redactor, 'why'>): string {
  return `not quoted, since ${why}: docker service logs ${taskId} shows it`;
}

type Span = readonly [start: number, end: number];

const spansOf = (text: string, variants: readonly string[]): Span[] =>
  variants.flatMap((variant) => occurrences(text, variant));

/** Where a text holds values once its escapes are undone. */
function escapedSpansOf(text: string, variants: readonly string[]): Span[] {
  if (!text.includes('\\')) return [];
  /** Of each escape the place of its character in what it stands for, and what all up to it are longer there. */
  const places: number[] = [];
  const surplus: number[] = [];
  const plain = unescaped(text, (at, length) => {
    places.push(at);
    surplus.push((surplus.at(-1) ?? 0) + length - 1);
  });
  const original = (at: number): number => at + (surplus[countBelow(places, at) - 1] ?? 0);
  return spansOf(plain, variants).map(([start, end]) => [original(start), original(end)]);
}

/** How many of ascending numbers are less than a limit. */
function countBelow(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function occurrences(text: string, variant: string): Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf(variant); at !== -1; at = text.indexOf(variant, at + 1)) {
    const end = at + variant.length;
    // A value of one to three characters is a part of many innocent words.
    if (variant.length >= 4 || (!isWord(text[at - 1]) && !isWord(text[end]))) found.push([at, end]);
  }
  return found;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}

function merge(spans: Span[]): Span[] {
  const merged: [number, number][] = [];
  for (const [start, end] of spans.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

function replace(text: string, spans: Span[]): string {
  let result = '';
  let from = 0;
  for (const [start, end] of spans) {
    result += text.slice(from, start) + REDACTED;
    from = end;
  }
  return result + text.slice(from);
}
