import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessText } from '../../src/text/access-text.ts';
import { doneText } from '../../src/text/done-text.ts';
import { planLines } from '../../src/text/plan-lines.ts';
import { statusTables } from '../../src/text/status-tables.ts';
import { statusText } from '../../src/text/status-text.ts';
import type { Screen } from '../../src/ui/screen.ts';
import { createStyle } from '../../src/ui/style.ts';
import { expectationsText } from '../../src/verify/bundle/list.ts';
import { reportMatrix } from '../../src/verify/report/matrix.ts';
import { reportText } from '../../src/verify/report/text.ts';
import { accesses } from './accesses.ts';
import { expectations, NOW, statuses, verifications } from './facts.ts';
import { ends } from './ends.ts';
import { plans } from './plans.ts';

/** Every screen, from facts that do not change: its name and how it is shown. */
const screens: Record<string, (screen: Screen) => string> = {
  ...Object.fromEntries(
    Object.entries(plans).map(([name, { plan, placement }]) => [
      `plan, ${name}`,
      (screen: Screen) => `${planLines(plan, plan.empty ? undefined : placement, screen).join('\n')}\n`,
    ]),
  ),
  'plan --wide, another image of the agents': (screen) =>
    `${planLines(plans['another image of the agents'].plan, undefined, screen, true).join('\n')}\n`,
  ...Object.fromEntries(
    Object.entries(verifications).map(([name, verified]) => [
      `verify, ${name}`,
      (screen: Screen) => reportText(verified, screen, { release: 10, elapsedMs: 12_400 }),
    ]),
  ),
  'verify --wide, something is amiss': (screen) => reportMatrix(verifications['something is amiss'], screen.style),
  ...Object.fromEntries(
    Object.entries(statuses).map(([name, status]) => [
      `status, ${name}`,
      (screen: Screen) => statusText(status, screen, NOW),
    ]),
  ),
  'verify --list': (screen) => expectationsText(expectations, screen.width),
  'status --wide, all well': (screen) => statusTables(statuses['all well'] as never, screen, NOW),
  'status --wide, a node that joined again is drained': (screen) =>
    statusTables(statuses['a node that joined again is drained'] as never, screen, NOW),
  'status --wide, not as it was released': (screen) =>
    statusTables(statuses['not as it was released'] as never, screen, NOW),
  ...Object.fromEntries(
    Object.entries(accesses).map(([name, access]) => [
      `open, ${name}`,
      (screen: Screen) => accessText('prod', access, screen),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(ends).map(([name, ended]) => [`deploy, ${name}`, (screen: Screen) => doneText(ended, screen)]),
  ),
};

const isOfFile = (line: string): boolean =>
  Object.values(accesses).some(({ ways }) => ways.some((way) => 'file' in way && way.file.text.includes(line.trim())));

/** A line may be wider only for one word that is, or because `--wide` asks for it. */
function tooWide(text: string, width: number): string[] {
  return text.split('\n').filter((line) => line.length > width && line.trim().includes(' ') && !isOfFile(line));
}

describe.each(Object.keys(screens))('%s', (name) => {
  const show = (width: number): string =>
    screens[name]?.({ style: createStyle(process.stdout, { color: false }), width }) ?? '';

  it.each([80, 100])('is as it was, in %i columns', async (width) => {
    await expect(show(width)).toMatchFileSnapshot(
      join(import.meta.dirname, `${name.replaceAll(/[ ,]+/g, '-')}.${width}.txt`),
    );
    if (!name.includes('--wide')) expect(tooWide(show(width), width)).toEqual([]);
  });

  it('breaks no word', () => {
    const words = (width: number): string[] =>
      show(width)
        .split(/\s+/)
        .filter((word) => !/^[│├└┬─]?$/.test(word))
        .sort();
    expect(words(80)).toEqual(words(100));
  });
});
