import { describe, expect, it } from 'vitest';
import { olderRelease } from '../../../src/checks/older-release.ts';
import type { SwarmConfig } from '../../../src/engine/port.ts';
import { contentOf } from '../../../src/release/content.ts';
import { encodeRelease, releaseLabels, type Release } from '../../../src/release/record.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { context, node } from '../../support/check-context.ts';

/** The content of a release, by how many data agents it has. */
type Content = 1 | 2 | 3 | 4;
const NODES = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name));
const answersOf = (replicas: Content) => ({
  agents: {
    ...{ master: { nodes: ['n1'] }, query: { nodes: ['n2'] } },
    data: { replicas, nodes: ['n1', 'n2', 'n3', 'n4'].slice(0, replicas) },
  },
});
const contextOf = (replicas: Content, more = {}) => context(answersOf(replicas), { nodes: NODES, ...more });

interface Past {
  is: Content;
  state?: ReleaseState;
  rollbackOf?: number;
  /** Version of its secrets. */
  secrets?: number;
  /** Its images are by digest, as those of a release that was brought back. */
  byDigest?: boolean;
}

/** A record, or one that this version cannot read. */
function record(past: Past | 'unreadable', number: number): SwarmConfig {
  const config = { id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' };
  if (past === 'unreadable') return { ...config, labels: {}, data: Buffer.from('of a later format') };
  const { is, state = 'verified', rollbackOf, secrets = 1, byDigest = false } = past;
  const { plan, document } = contextOf(is);
  const text = JSON.stringify(document).replace(/\.v1"/g, `.v${secrets}"`);
  const then = JSON.parse(
    byDigest ? text.replace(/("image":"[^"]+)"/g, `$1@sha256:${'a'.repeat(64)}"`) : text,
  ) as Release['document'];
  return {
    ...config,
    labels: releaseLabels('prod', { state }),
    data: encodeRelease({
      ...{ number, at: `2026-01-${String(number).padStart(2, '0')}T10:00:00Z`, by: 'ann@ops', tool: '0.1.0' },
      ...{ answers: {}, lock: { version: 1, secrets: {} }, ...(rollbackOf === undefined ? {} : { rollbackOf }) },
      ...contentOf({ directory: { bundle: { name: 'prod' }, plan }, document: then }, NODES),
    }),
  };
}

/** What deploying this content comes to after these releases, the oldest first. */
const found = (is: Content, releases: (Past | 'unreadable')[], backTo?: number, renewsUnasked = false) =>
  olderRelease.run({
    ...contextOf(is, { engine: { configs: async () => releases.map((past, index) => record(past, index + 1)) } }),
    ...(backTo === undefined ? {} : { backTo }),
    renewsUnasked,
  });

describe('a bundle directory of before', () => {
  it('is told: which release it was, what came after it, and what to do', async () => {
    expect(await found(2, [{ is: 1 }, { is: 2 }, { is: 3 }, { is: 4 }])).toEqual([
      {
        level: 'warning',
        text:
          'this is what release 2 was (2026-01-02, ann@ops); releases 3 to 4 came after it, the last one ' +
          '2026-01-04, ann@ops',
        hint:
          'if this directory is of before, bring it up to date; if that release is to come back, `bundle rollback ' +
          '--to 2` goes back in the order of a rollback',
      },
    ]);
  });

  it.each<[string, Content, Past[], number]>([
    ['with one release since', 1, [{ is: 1 }, { is: 2 }], 1],
    [
      'also with other versions of its secrets',
      1,
      [
        { is: 1, secrets: 3 },
        { is: 2, secrets: 4 },
      ],
      1,
    ],
    ['also if what came after failed later on', 1, [{ is: 1 }, { is: 2 }, { is: 3, state: 'failed' }], 1],
    ['the newest of that content', 1, [{ is: 1 }, { is: 2 }, { is: 1 }, { is: 3 }], 3],
    [
      'that was never awaited',
      1,
      [
        { is: 1, state: 'deployed' },
        { is: 2, state: 'deployed' },
      ],
      1,
    ],
    [
      'of what was left by a rollback, once somebody went on from there',
      3,
      [{ is: 1 }, { is: 3 }, { is: 1, rollbackOf: 1 }, { is: 2 }],
      2,
    ],
    [
      'of what a rollback brought back, once somebody went on from there',
      1,
      [{ is: 1 }, { is: 3 }, { is: 1, rollbackOf: 1, byDigest: true }, { is: 2 }],
      3,
    ],
  ])('%s', async (_what, is, releases, number) => {
    const texts = (await found(is, releases)).map(({ level, text }) => `${level}: ${text}`);
    expect(texts).toEqual([expect.stringContaining(`warning: this is what release ${number} was`)]);
  });

  it.each<[string, Content, (Past | 'unreadable')[]]>([
    ['the first deployment', 1, []],
    ['what runs', 2, [{ is: 1 }, { is: 2 }]],
    ['what runs, with a secret of its own', 2, [{ is: 1 }, { is: 2, secrets: 2 }]],
    ['something new', 4, [{ is: 1 }, { is: 2 }]],
    ['what failed last, once more', 3, [{ is: 3 }, { is: 2 }, { is: 3, state: 'failed' }]],
    ['back to the last good one, after a failure', 2, [{ is: 1 }, { is: 2 }, { is: 3, state: 'failed' }]],
    ['what failed before, and runs nowhere', 3, [{ is: 1 }, { is: 3, state: 'failed' }, { is: 2 }]],
    ['what a rollback brought back', 1, [{ is: 1 }, { is: 2 }, { is: 1, rollbackOf: 1 }]],
    ['what a rollback brought back by digest', 1, [{ is: 1 }, { is: 2 }, { is: 1, rollbackOf: 1, byDigest: true }]],
    [
      'what a rollback is bringing back, with something left as it was',
      1,
      [{ is: 1 }, { is: 2 }, { is: 4, rollbackOf: 1, state: 'started' }],
    ],
    [
      'what a rollback of a rollback brought back',
      1,
      [{ is: 1 }, { is: 2 }, { is: 4, rollbackOf: 1 }, { is: 3 }, { is: 4, rollbackOf: 3 }],
    ],
    ['forward again to what a rollback left', 3, [{ is: 1 }, { is: 3 }, { is: 1, rollbackOf: 1 }]],
    ['of what another version of bundle deployed last nothing is known', 1, [{ is: 1 }, { is: 2 }, 'unreadable']],
  ])('is none: %s', async (_what, is, releases) => {
    expect(await found(is, releases)).toEqual([]);
  });

  it('is told though a node has joined the swarm again since, with another id', async () => {
    const nodes = NODES.map((each) => (each.hostname === 'n2' ? { ...each, id: 'again' } : each));
    const releases: Past[] = [{ is: 1 }, { is: 2 }];
    const engine = { configs: async () => releases.map((past, index) => record(past, index + 1)) };
    expect(await olderRelease.run(contextOf(1, { nodes, engine }))).toMatchObject([
      { level: 'warning', text: expect.stringContaining('this is what release 1 was') },
    ]);
  });

  it('is none if a rollback asks for it', async () => {
    expect(await found(1, [{ is: 1 }, { is: 2 }], 1)).toEqual([]);
  });
});

describe('a job that renews certificates (`--renew --yes`), after a way back', () => {
  const BACK: Past = { is: 1, rollbackOf: 1 };
  const renewing = (is: Content, ...releases: (Past | 'unreadable')[]) => found(is, releases, undefined, true);

  it('is refused if it would deploy again what that left: which release it was, and the ways out', async () => {
    expect(await renewing(3, { is: 1 }, { is: 3 }, BACK)).toEqual([
      {
        level: 'error',
        text:
          'release 3 went back to release 1 (2026-01-03, ann@ops), and this directory says something else: with ' +
          '--renew and --yes that is not deployed',
        hint:
          'bring it to what release 1 was; or correct it, and `bundle deploy` without --renew goes forward: the next ' +
          '--renew goes on from there. With --ignore older-release it is deployed all the same',
      },
    ]);
  });

  it('names the secrets that the swarm has, if nothing else differs from what was brought back', async () => {
    const [finding] = await renewing(1, { is: 1 }, { is: 3 }, { ...BACK, secrets: 2 });
    expect(finding).toMatchObject({ level: 'error', text: expect.stringMatching(/ says something else of \S+\.v2/) });
    expect(finding?.hint).toMatch(/^bring bundle\.lock\.json and secrets\/ to \S+\.v2.*; or, if others are to take/);
  });

  it('says of a way back that did not end that it was to go back', async () => {
    const [finding] = await renewing(3, { is: 1 }, { is: 3 }, { ...BACK, state: 'failed' });
    expect(finding?.text).toMatch(/^release 3 was to go back to release 1 /);
  });

  it.each<[string, Content, Past[]]>([
    ['also what never was good', 3, [{ is: 1 }, { is: 3, state: 'failed' }, BACK]],
    ['also with another certificate by now', 3, [{ is: 1 }, { is: 3, secrets: 2 }, BACK]],
    [
      'also if only a secret that was replaced went back',
      1,
      [{ is: 1, secrets: 4 }, { is: 1 }, { ...BACK, secrets: 4 }],
    ],
    ['also if a secret was replaced since', 1, [{ is: 1 }, { is: 3 }, { ...BACK, secrets: 2 }]],
    ['also what nobody deployed yet', 4, [{ is: 1 }, { is: 3 }, BACK]],
    ['also what is older than what was brought back', 2, [{ is: 2 }, { is: 1 }, { is: 3 }, { is: 1, rollbackOf: 2 }]],
    ['also if the way back failed', 3, [{ is: 1 }, { is: 3 }, { ...BACK, state: 'failed' }]],
    ['also if the way back stopped midway', 3, [{ is: 1 }, { is: 3 }, { ...BACK, state: 'started' }]],
    ['also if it went back once more', 3, [{ is: 1 }, { is: 2 }, { is: 3 }, { is: 2, rollbackOf: 2 }, BACK]],
  ])('%s', async (_what, is, releases) => {
    expect((await renewing(is, ...releases)).map(({ level }) => level)).toEqual(['error']);
  });

  it.each<[string, Content, (Past | 'unreadable')[]]>([
    ['the bundle is what was brought back', 1, [{ is: 1 }, { is: 3 }, BACK]],
    ['it is that, with the secrets that stayed', 1, [{ is: 1, secrets: 2 }, { is: 3 }, BACK]],
    [
      'it is that, and with those something was left as it was',
      1,
      [{ is: 1, secrets: 2 }, { is: 3 }, { is: 4, rollbackOf: 1 }],
    ],
    ['it is that, and was brought back by digest', 1, [{ is: 1 }, { is: 3 }, { ...BACK, byDigest: true }]],
    ['it is that, and something was left as it was', 1, [{ is: 1 }, { is: 3 }, { is: 4, rollbackOf: 1 }]],
    ['somebody went forward since', 3, [{ is: 1 }, { is: 3 }, BACK, { is: 3 }]],
    ['somebody goes forward since, and it failed', 4, [{ is: 1 }, { is: 3 }, BACK, { is: 4, state: 'failed' }]],
    ['nothing was deployed', 1, []],
    ['nobody went back', 4, [{ is: 1 }, { is: 3 }]],
    ['of what was deployed last nothing is known', 3, [{ is: 1 }, { is: 3 }, BACK, 'unreadable']],
  ])('is not refused if %s', async (_what, is, releases) => {
    expect(await renewing(is, ...releases)).toEqual([]);
  });

  it('is not refused if the bundle is what was brought back but for certificates', async () => {
    const certificate = { by: 'ca', renewalDays: 30 };
    const from = contextOf(1);
    const secrets = from.plan.secrets.map((need) => ({ ...need, issued: certificate }));
    const releases: Past[] = [{ is: 1 }, { is: 3 }, { ...BACK, secrets: 2 }];
    const engine = { configs: async () => releases.map((past, index) => record(past, index + 1)) };
    const given = { ...contextOf(1, { engine }), renewsUnasked: true };
    expect(await olderRelease.run({ ...given, plan: { ...from.plan, secrets } })).toEqual([]);
    expect(await olderRelease.run(given)).toMatchObject([{ level: 'error' }]);
  });

  it('is told of an older checkout as any deployment is', async () => {
    expect((await renewing(1, { is: 1 }, { is: 3 })).map(({ level }) => level)).toEqual(['warning']);
  });
});
