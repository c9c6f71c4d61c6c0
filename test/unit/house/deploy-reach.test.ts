import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { excess, MOST_FILES, MOST_LINES, reachedFrom, START } from '../../../scripts/deploy-reach.ts';

describe('following `bundle deploy`', () => {
  const reached = reachedFrom(START);

  it('opens at most ten files of at most 250 lines', () => {
    expect(excess(reached), reached.map(({ file, lines }) => `${lines} ${file}`).join('\n')).toEqual([]);
  });

  it('finds the files that a reader would open', () => {
    expect(reached.map(({ file }) => file)).toEqual(
      expect.arrayContaining([...START, 'deploy/apply.ts', 'deploy/phases.ts', 'deploy/review.ts', 'cli/io.ts']),
    );
  });
});

describe('the count', () => {
  it('follows imports of values and of types, and re-exports, within the four folders; lazy ones are not static', () => {
    const src = mkdtempSync(join(tmpdir(), 'reach-'));
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(src, file)), { recursive: true });
      writeFileSync(join(src, file), text);
    };
    write('commands/a.ts', "import { b } from '../cli/b.ts';\nconst c = await import('../cli/lazy.ts');\n");
    write('cli/b.ts', "import type { D } from '../project/d.ts';\nexport { e } from '../deploy/e.ts';\n");
    write('project/d.ts', "import { x } from '../plan/x.ts';\nimport { z } from 'zod';\n");
    write('deploy/e.ts', `${'\n'.repeat(MOST_LINES)}import { b } from '../cli/b.ts';\n`);
    const found = reachedFrom(['commands/a.ts'], src);
    expect(found.map(({ file }) => file)).toEqual(['commands/a.ts', 'cli/b.ts', 'project/d.ts', 'deploy/e.ts']);
    expect(excess(found)).toEqual([`deploy/e.ts: ${MOST_LINES + 1} lines; at most ${MOST_LINES}`]);
    const many = Array.from({ length: MOST_FILES + 1 }, (_, index) => ({ file: `${index}`, lines: 1 }));
    expect(excess(many)).toEqual([`${MOST_FILES + 1} files; at most ${MOST_FILES}`]);
  });
});
