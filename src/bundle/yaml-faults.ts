import type { ErrorCode, YAMLParseError } from 'yaml';

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
const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$/m;

/**
 * @param error of the `yaml` package
 * @returns in which line, counted from 1, with the column, and what it is in words
 */
export function yamlFault(text: string, error: YAMLParseError): YamlFault & { line: number; column: number } {
  const conflict = CONFLICT.exec(text);
  const before = text.slice(0, conflict?.index ?? error.pos[0]).split('\n');
  const at = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  if (conflict !== null)
    return { ...at, why: 'the mark of a merge conflict', hint: 'choose what is to stay, and take the marks out' };
  if (error.code === 'DUPLICATE_KEY') {
    const [key] = /^[\w.-]+/.exec(text.slice(error.pos[0])) ?? [];
    const what = key === undefined ? 'a key' : `the key ${key}`;
    return { ...at, why: `${what} stands twice in the same map`, hint: 'leave one of them out' };
  }
  return { ...at, ...(FAULTS[error.code] ?? { why: error.code, hint: QUOTE }) };
}
