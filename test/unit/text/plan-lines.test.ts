import { describe, expect, it } from 'vitest';
import { screenLines } from '../../../src/text/plan-lines.ts';
import type { Style } from '../../../src/ui/style.ts';

const style = Object.fromEntries(
  (['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const).map((name) => [
    name,
    (text: string) => `<${name}>${text}`,
  ]),
) as unknown as Style;

const screen = { style, width: 30 };

describe('screenLines', () => {
  it.each([
    ['Restarts, in this order', 'bold'],
    ['No changes.', 'bold'],
    ['+ 1 secret  prod_a', 'green'],
    ['~ db restarts', 'yellow'],
    ['  ! prod_old  is left', 'yellow'],
    ['- db  db:1', 'red'],
    ['? node9: no such node', 'red'],
    ['= db unchanged', 'dim'],
  ])('%s is %s', (line, colour) => expect(screenLines([line], screen)).toEqual([`<${colour}>${line}`]));

  it('leaves what is below a change as it is', () =>
    expect(screenLines(['    n1  a, b'], screen)).toEqual(['    n1  a, b']));

  it('colours every part of a folded line, and hangs all but the first', () =>
    expect(screenLines(['~ db restarts  image example/db:1 → :2'], screen)).toEqual([
      '<yellow>~ db restarts  image',
      '<yellow>    example/db:1 → :2',
    ]));
});
