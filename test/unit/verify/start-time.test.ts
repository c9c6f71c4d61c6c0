import { expect, it } from 'vitest';
import { startMs } from '../../../src/verify/start-time.ts';

it.each<[string, Parameters<typeof startMs>[0], number]>([
  ['nothing', [], 0],
  ['lines alone', [{ withinSeconds: 240 }, { withinSeconds: 60 }], 240],
  ['ports that take longer', [{ withinSeconds: 240 }, { withinSeconds: 60, servesWithinSeconds: 900 }], 900],
  ['lines that take longer', [{ withinSeconds: 240, servesWithinSeconds: 60 }], 240],
])('a verification may take as long as its slowest task to start, and a little: %s', (_of, expectations, seconds) =>
  expect(startMs(expectations)).toBe(seconds * 1000 + 30_000),
);
