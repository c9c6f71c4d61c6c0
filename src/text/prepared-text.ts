/** What `bundle prepare` did, and what is left to do. */
export interface Prepared {
  stack: string;
  /** What was made, one line each. */
  done: readonly string[];
  /** Commands that do the rest, in order; none if the stack is up to date. */
  next: readonly string[];
  /** Why `bundle deploy` alone may do the rest. */
  reasons: readonly string[];
}

/**
 * The end of `bundle prepare` for people.
 * @param deploy the command that does the rest in any case
 */
export function preparedText({ stack, done, next, reasons }: Prepared, deploy: string): string {
  const what =
    done.length > 0
      ? `${done.length} made`
      : next.length === 0
        ? 'already up to date'
        : 'all that touches nothing that runs is there already';
  const lines = (texts: readonly string[]): string => texts.map((text) => `  ${text}\n`).join('');
  if (next.length === 0) return `${stack}: ${what}\n`;
  if (reasons.length > 0)
    return `${stack}: ${what}; next: \`${deploy}\`, and not \`docker stack deploy\`:\n${lines(reasons)}`;
  const order = next.length > 1 ? ', in this order' : '';
  return `${stack}: ${what}; next: \`${deploy}\`, or by hand${order}:\n${lines(next)}`;
}
