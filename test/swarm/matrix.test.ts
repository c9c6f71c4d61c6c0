import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED, casesOf, choose, onLab } from '../../scripts/matrix/cases.ts';
import { playAll, playedText } from '../../scripts/matrix/play.ts';
import { clearStage, setStage, type Stage } from '../../scripts/matrix/stage.ts';
import { images, sharedLab, unsupported } from '../support/cluster.ts';

/**
 * Eight stacks that have nearly every answer between them; `npm run matrix -- --list --cases 8` says which they leave
 * out.
 */
describe.skipIf(unsupported !== undefined)('eight cases of the matrix', () => {
  let dir: string;
  let stage: Stage;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-matrix-'));
    stage = await setStage(
      await sharedLab(),
      images,
      fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url)),
      dir,
    );
  });
  afterAll(async () => {
    await clearStage({ lab: await sharedLab() });
    await rm(dir, { recursive: true, force: true });
  });

  it('are deployed, verified in every service, and destroyed', async () => {
    const played = await playAll(stage, choose(casesOf(onLab(), SEED), 8), (one) => {
      process.stderr.write(`${playedText(one)}\n`);
      return true;
    });
    expect(played.filter(({ problem }) => problem !== undefined).map(playedText)).toEqual([]);
    expect(played).toHaveLength(8);
    // Eight deployments, two at a time.
  }, 2_400_000);
});
