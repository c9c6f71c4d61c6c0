import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLock } from '../../../src/bundle/lock.ts';
import type { Engine, LocalImage } from '../../../src/engine/port.ts';
import { EXIT } from '../../../src/errors.ts';
import { NODES, init, manager, node, tree, workplace } from '../../unit/init/support.ts';

const ONE = 'example/manager:1';
const WRAPPED = [...NODES, 'secretDelivery=wrapper', `images.manager=${ONE}`];
const KEPT = { digest: `sha256:${'1'.repeat(64)}`, entrypoint: ['/entry'], cmd: ['serve'] };
/** What else an image says of itself is not written down. */
const START: LocalImage = { ...KEPT, volumes: ['/data'], env: ['TOKEN=not-for-the-lock'] };

/** An engine that holds these images. */
const holding = (images: Record<string, LocalImage>): { connect: () => Promise<Engine> } => ({
  connect: () =>
    Promise.resolve({ ...manager([node('n1')]), localImage: (name: string) => Promise.resolve(images[name]) }),
});
const imagesOf = (cwd: string) => parseLock(readFileSync(join(cwd, 'prod', 'bundle.lock.json'), 'utf8'), 'lock').images;

describe('init of a bundle with a wrapper', () => {
  it('reads the entrypoint from the engine’s image into the lock, and stack.yml has it', async () => {
    const cwd = workplace();
    expect(
      (await init(cwd, { yes: true, prepare: false, set: WRAPPED }, holding({ [ONE]: START }))).error,
    ).toBeUndefined();
    expect(imagesOf(cwd)).toEqual({ [ONE]: KEPT });
    expect(tree(cwd)['prod/stack.yml']).toMatch(
      /entrypoint:\n\s+- "\/bin\/sh"[^]*command:\n\s+- "\/entry"\n\s+- "serve"/,
    );
  });

  it.each([
    [
      'the engine does not hold it',
      holding({}),
      `a wrapper must know what ${ONE} runs, and its entrypoint is not known: the engine at unix:///test (test) ` +
        'does not hold it',
    ],
    [
      'there is no engine',
      {},
      `a wrapper must know what ${ONE} runs, and its entrypoint is not known: no Docker engine is reachable`,
    ],
  ])('is refused where %s: nothing is pulled, nothing is written', async (_what, seams, message) => {
    const cwd = workplace();
    const done = await init(cwd, { yes: true, prepare: false, set: WRAPPED }, seams);
    expect(done.error).toMatchObject({ code: 'entrypoint-unknown', exit: EXIT.preflight, message });
    expect(done.error?.hints[0]).toContain(`docker pull ${ONE}`);
    expect(tree(cwd)).toEqual({});
  });

  it('is refused where the image names no program', async () => {
    const done = await init(
      workplace(),
      { yes: true, prepare: false, set: WRAPPED },
      holding({ [ONE]: { ...START, entrypoint: [], cmd: [] } }),
    );
    expect(done.error).toMatchObject({ code: 'entrypoint-none', exit: EXIT.preflight });
  });

  it('keeps what it knows without an engine, learns anew where the image is another, and forgets what no wrapper starts', async () => {
    const cwd = workplace();
    const again = (set: string[], seams = {}) => init(cwd, { yes: true, prepare: false, set }, seams);
    await again(WRAPPED, holding({ [ONE]: START }));
    expect((await again([])).out).toContain('nothing changed');
    expect((await again([], holding({ [ONE]: START }))).out).toContain('nothing changed');

    const moved = { entrypoint: [], cmd: ['other'] };
    expect((await again([], holding({ [ONE]: { ...moved, volumes: [], env: [] } }))).error).toBeUndefined();
    expect(imagesOf(cwd)).toEqual({ [ONE]: moved });
    expect(tree(cwd)['prod/stack.yml']).toContain('command:\n      - "other"');

    // What is known of one reference says nothing of the next.
    expect((await again(['images.manager=example/manager:2'])).error).toMatchObject({ code: 'entrypoint-unknown' });
    expect((await again(['secretDelivery=file'])).error).toBeUndefined();
    expect(imagesOf(cwd)).toBeUndefined();
    expect(tree(cwd)['prod/stack.yml']).not.toContain('entrypoint:');
  });
});
