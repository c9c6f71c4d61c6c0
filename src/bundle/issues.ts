import type * as z from 'zod';

type Issue = z.core.$ZodIssue;

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, such as [a, b]',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
};

/** Why a value is refused, in plain words; never the value itself, of which `reportInput` lets it see the form. */
export function issueText(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return missing(issue) ? 'is missing' : `must be ${TYPES[issue.expected] ?? issue.expected}${remedy(issue)}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array')
        return Number(issue.minimum) === 1 ? 'is empty' : `needs at least ${issue.minimum}`;
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `is longer than ${issue.maximum} characters`;
      return `must be at most ${issue.maximum}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}${typeof issue.values[0] === 'number' ? unquoted(issue.input) : ''}`
        : `must be one of: ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

/** What makes the type right where the value is: quotes, and a line that ends at its colon. */
function remedy({ expected, message, input }: z.core.$ZodIssueInvalidType): string {
  if (message.endsWith('received null')) return ', and there is none: give it, or leave the key out';
  if (expected === 'string' && /received (number|boolean)$/.test(message)) return ': write it in quotes';
  return expected === 'number' || expected === 'int' ? unquoted(input) : '';
}

/** For a number that was written as text. */
function unquoted(input: unknown): string {
  const isNumeral = typeof input === 'string' && input.trim() !== '' && Number.isFinite(Number(input));
  return isNumeral ? ': write it without quotes' : '';
}

/** zod keeps the input out of issues; its message alone says that there was none. */
function missing(issue: Issue): boolean {
  return issue.message.endsWith('received undefined');
}
