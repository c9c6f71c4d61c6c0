import { visit, type Document, type ErrorCode, type YAMLParseError } from 'yaml';
import { CONFLICT_WORDS, conflictMark } from './conflict-mark.ts';

/** What is wrong with a YAML text, and what to do. Quotes no value: an answers file may hold what is a secret. */
export interface YamlFault {
  why: string;
  hint: string;
}

const QUOTE = 'quote values that hold : # { } [ ] or start with a special character';

const FAULTS: Partial<Record<ErrorCode, YamlFault>> = {
  MULTIPLE_DOCS: { why: 'more than one document', hint: 'leave out the line `---`, and what belongs to another file' },
  TAB_AS_INDENT: { why: 'a tab where spaces must stand', hint: 'indent with spaces' },
  BAD_INDENT: { why: 'a wrong indent', hint: 'keys of one map begin in the same column' },
  MISSING_CHAR: { why: 'a quote or a bracket that is not closed', hint: 'close it' },
};

/**
 * @param error of the `yaml` package
 * @returns in which line, counted from 1, with the column, and what it is in words
 */
export function yamlFault(text: string, error: YAMLParseError): YamlFault & { line: number; column: number } {
  const conflict = conflictMark(text);
  const before = text.slice(0, conflict ?? error.pos[0]).split('\n');
  const at = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  if (conflict !== undefined)
    return { ...at, why: CONFLICT_WORDS, hint: 'choose what is to stay, and take the marks out' };
  if (error.code === 'DUPLICATE_KEY') {
    const [key] = /^[\w.-]+/.exec(text.slice(error.pos[0])) ?? [];
    const what = key === undefined ? 'a key' : `the key ${key}`;
    return { ...at, why: `${what} stands twice in the same map`, hint: 'leave one of them out' };
  }
  return { ...at, ...(FAULTS[error.code] ?? { why: error.code, hint: QUOTE }) };
}

/** More than anybody writes; nested, a few lines of them make gigabytes. */
const MOST_ALIASES = 100;

/**
 * What a document says that was parsed without errors: its aliases are looked up only now.
 * @returns or why they cannot be, with the place of the first that has no anchor, counted in characters
 */
export function yamlValue(document: Document.Parsed): { value: unknown } | { fault: YamlFault; at?: number } {
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    let at: number | undefined;
    visit(document, {
      Alias: (_key, alias) => {
        if (alias.resolve(document) !== undefined) return undefined;
        at = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    return at === undefined
      ? { fault: { why: 'too many YAML aliases', hint: 'write the values out' } }
      : { fault: { why: 'an alias that has no anchor', hint: 'quote values that begin with *' }, at };
  }
}
