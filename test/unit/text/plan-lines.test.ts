import { describe, expect, it } from 'vitest';
import { colourLine } from '../../../src/text/plan-lines.ts';
import type { Style } from '../../../src/ui/style.ts';

const style = Object.fromEntries(
  (['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const).map((name) => [
    name,
    (text: string) => `<${name}>${text}`,
  ]),
) as unknown as Style;

describe('colourLine', () => {
  it.each([
    ['Services', 'bold'],
    ['No changes. 2 services are as in the document.', 'bold'],
    ['  + db  db:1', 'green'],
    ['  ~ db  tasks restart', 'yellow'],
    ['  ! prod_old  is left', 'yellow'],
    ['  - db  db:1', 'red'],
    ['  ? node9: no such node', 'red'],
    ['  = db', 'dim'],
  ])('%s is %s', (line, colour) => expect(colourLine(line, style)).toBe(`<${colour}>${line}`));

  it.each(['      image: db:1 → db:2', '  at once: db (1 task, stop first)'])('%s stays as it is', (line) =>
    expect(colourLine(line, style)).toBe(line),
  );
});
