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

/** Why a value is refused, in plain words; never the value itself. */
export function issueText(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return missing(issue) ? 'is missing' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array')
        return Number(issue.minimum) === 1 ? 'is empty' : `needs at least ${issue.minimum}`;
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `is longer than ${issue.maximum} characters`;
      return `must be at most ${issue.maximum}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of: ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

/** zod keeps the input out of issues; its message alone says that there was none. */
function missing(issue: Issue): boolean {
  return issue.message.endsWith('received undefined');
}
