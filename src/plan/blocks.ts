/** `1 secret`, `3 secrets` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * Things of one kind with one fate: one on the line itself, several on the next; none gives no line.
 * @param what what becomes of them, or why
 */
export function block(sign: string, noun: string, names: readonly string[], what = ''): string[] {
  if (names.length === 0) return [];
  const head = `${sign} ${counted(names.length, noun)}${what === '' ? '' : ` ${what}`}`;
  return names.length === 1 ? [`${head}  ${names.join('')}`] : [head, `    ${names.join(', ')}`];
}

/** Rows in columns two spaces apart, each line indented by four. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map(
    (row) =>
      `    ${row
        .map((cell, column) =>
          column === row.length - 1 || width(column) === 0 ? cell : cell.padEnd(width(column) + 2),
        )
        .join('')
        .trimEnd()}`,
  );
}
