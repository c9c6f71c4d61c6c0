import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { canonicalDocument } from '../../../src/compose/canonical.ts';
import type { ComposeService, StackDocument } from '../../../src/compose/types.ts';
import type { SwarmConfig, SwarmSecret } from '../../../src/engine/port.ts';
import {
  keptReleases,
  lastWhole,
  passedReleases,
  passedText,
  reusable,
  rollbackTarget,
  staleSecrets,
  unfinishedReleases,
} from '../../../src/release/choose.ts';
import { decodeRelease, encodeRelease, releaseLabels, type StoredRelease } from '../../../src/release/record.ts';
import { dataReleases } from '../../../src/release/same-secret.ts';
import type { SecretNeed } from '../../../src/sdk/definition.ts';
import { context } from '../../support/check-context.ts';
import { fullService } from '../compose/every-key.ts';
import { formerState, type ReleaseState } from '../../../src/release/states.ts';

// With an entrypoint in it: a rollback must bring that back too.
const { document } = context({ secretDelivery: 'wrapper' });
const withVersion = (version: number) => ({
  ...document,
  secrets: Object.fromEntries(
    Object.entries(document.secrets).map(([key, { name }]) => [key, { name: name.replace(/v\d+$/, `v${version}`) }]),
  ),
});
const config = (labels: Record<string, string>, data: Buffer): SwarmConfig => ({
  id: 'c',
  name: 'prod.release.1',
  labels,
  version: 1,
  createdAt: '',
  updatedAt: '',
  data,
});

function release(number: number, state: ReleaseState, version = number): StoredRelease {
  return {
    number,
    state,
    at: '2026-01-01T00:00:00Z',
    by: 'ann@ops1',
    tool: '1',
    answers: {},
    lock: { version: 1, secrets: {} },
    document: withVersion(version),
    nodeLabels: [],
    note: '',
    images: {},
    config: config({}, Buffer.alloc(0)),
  };
}

interface Stored {
  format: number;
}

const everything = fullService();
/** The keys that a service could have before the second format, with what they could be. */
const FIRST: readonly string[] =
  'image hostname entrypoint command environment networks secrets ports healthcheck init stopGracePeriod logging'.split(
    ' ',
  );

describe('release records', () => {
  it('come back as they were written, the mutable part from the labels', () => {
    const { config: _config, state: _state, note: _note, images: _images, ...fixed } = release(3, 'started');
    const images = { 'imply-manager': 'r/m:1@sha256:abc' };
    const stored = decodeRelease(
      config(
        releaseLabels('prod', { state: 'failed', note: 'not-converged', images }),
        encodeRelease({ ...fixed, rollbackOf: 2 }),
      ),
    );
    expect(stored).toMatchObject({ number: 3, rollbackOf: 2, state: 'failed', note: 'not-converged', images });
    expect(reusable({ releases: [stored!], unreadable: [] }, { document: fixed.document, nodeLabels: [] })).toBe(
      stored,
    );
    // A config's data may be 1000 KiB, and each listing carries all of them.
    expect(encodeRelease(fixed).length).toBeLessThan(8_000);
  });

  it.each([
    ['no gzip', Buffer.from('hello'), 'verified'],
    ['another format', encodeRelease({ ...release(1, 'started'), format: 4 } as never), 'verified'],
    ['a state of a later version', encodeRelease(release(1, 'started')), 'resting'],
  ])('of another version are not read: %s', (_what, data, state) => {
    expect(decodeRelease(config({ 'bundle.release.state': state }, data))).toBeUndefined();
  });

  it('are of the first format as long as builds before the second can read all of them', () => {
    const formatOf = (one: StackDocument): number =>
      (JSON.parse(gunzipSync(encodeRelease({ ...release(1, 'started'), document: one })).toString()) as Stored).format;
    const stored = (one: StackDocument): StackDocument | undefined =>
      decodeRelease(
        config({ 'bundle.release.state': 'started' }, encodeRelease({ ...release(1, 'started'), document: one })),
      )?.document;
    expect(formatOf(document)).toBe(1);
    const [name = '', service] = Object.entries(document.services)[0] ?? [];
    const changed = (over: Partial<ComposeService>): StackDocument => ({
      ...document,
      services: { ...document.services, [name]: { ...service!, ...over } },
    });
    for (const key of Object.keys(everything) as (keyof ComposeService)[]) {
      const second = changed({ [key]: everything[key] });
      const known = FIRST.includes(key);
      expect([key, formatOf(second)]).toEqual([key, known ? 1 : 2]);
      expect(stored(second)).toEqual(canonicalDocument(second));
    }
    const { update: _update, ...rest } = everything.deploy;
    expect(formatOf(changed({ deploy: { ...rest, mode: 'global-job' } }))).toBe(2);
    expect(formatOf({ ...document, configs: { one: { name: 'prod_one.v1' } } })).toBe(2);
    // A build that knows the second would make a network of its own in its place.
    const joining = { ...document, networks: { ...document.networks, theirs: { joined: 'store_backend' } } };
    expect([formatOf(joining), stored(joining)]).toEqual([3, canonicalDocument(joining)]);
  });

  it('what it was before stays in its labels only while that is more than its state', () => {
    const { config: _config, state: _state, note: _note, images: _images, ...fixed } = release(3, 'started');
    const was = (before: ReleaseState, next: ReleaseState) =>
      decodeRelease(
        config(
          releaseLabels('prod', { state: next, was: formerState({ state: before }, next) }),
          encodeRelease({ ...fixed }),
        ),
      )?.was;
    expect(was('verified', 'started')).toBe('verified');
    expect(was('converged', 'failed')).toBe('converged');
    expect(was('verified', 'converged')).toBe('verified');
    expect(was('converged', 'verified')).toBeUndefined();
    expect(was('started', 'failed')).toBeUndefined();
    expect(formerState({ state: 'started', was: 'verified' }, 'deployed')).toBe('verified');
  });

  it('the last one that was good before it failed is kept too: its secrets are the present ones', () => {
    const all = Array.from({ length: 14 }, (_unused, index) =>
      release(14 - index, index === 13 ? 'verified' : 'failed'),
    );
    all[12] = { ...all[12]!, was: 'verified' };
    expect(keptReleases(all, []).map(({ number }) => number)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 2, 1]);
  });

  it('the last ten are kept, and the last good one however old', () => {
    const all = Array.from({ length: 14 }, (_unused, index) =>
      release(14 - index, index === 12 || index === 13 ? 'verified' : 'failed'),
    );
    expect(keptReleases(all, []).map(({ number }) => number)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 2]);
  });

  it('the last good one of data that goes by its secret, however old', () => {
    const own = (...keptIn: string[]) => [{ keptIn }, {}] as unknown as SecretNeed[];
    const calls: (SecretNeed[] | undefined)[] = [own('a'), own('a', 'b'), own('a'), own('c')];
    const all = Array.from({ length: 15 }, (_unused, index) => release(15 - index, 'verified'));
    all[11] = release(4, 'failed');
    const ofData = dataReleases(all, ({ number }) => (number > 4 ? [] : calls[number - 1]));
    // 4 never ran, 3 has the newest data of a, 2 that of b; 1 has none that is newer elsewhere.
    expect(ofData.map(({ number }) => number)).toEqual([3, 2]);
    expect(keptReleases(all, ofData).map(({ number }) => number)).toEqual([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 3, 2]);
    expect(
      dataReleases(all, () => undefined),
      'of answers that cannot be read',
    ).toEqual([]);
  });
});

describe('the release to go back to', () => {
  const number = (states: [ReleaseState, number?][], to?: number) =>
    rollbackTarget(
      'prod',
      {
        releases: states.map(([state, version], index) => release(states.length - index, state, version)),
        unreadable: [],
      },
      [],
      to,
    ).number;

  it.each<[string, [ReleaseState, number?][], number]>([
    ['the good one before a good one', [['verified'], ['verified']], 1],
    ['over failed ones', [['failed'], ['failed'], ['verified']], 1],
    [
      'not one that asks the same as what failed',
      [
        ['failed', 7],
        ['verified', 7],
        ['converged', 1],
      ],
      1,
    ],
    [
      'after a rollback, what it went back from',
      [
        ['verified', 1],
        ['verified', 2],
        ['verified', 1],
      ],
      2,
    ],
    ['not one whose run was killed', [['verified'], ['started'], ['deployed'], ['verified']], 1],
  ])('%s', (_what, states, expected) => {
    expect(number(states)).toBe(expected);
  });

  it.each([
    ['started', 1],
    ['deployed', 1],
    ['verified', 2],
  ] as const)('of a rollback to 1 that is %s: %i', (state, expected) => {
    const releases = [{ ...release(3, state, 1), rollbackOf: 1 }, release(2, 'verified'), release(1, 'verified')];
    expect(rollbackTarget('prod', { releases, unreadable: [] }, []).number).toBe(expected);
  });

  it('of a release that a rollback made long ago, and that was to be deployed again: what it went back from', () => {
    const again = { ...release(3, 'started', 1), rollbackOf: 1, was: 'verified' as const };
    const releases = [again, release(2, 'verified'), release(1, 'verified')];
    expect(rollbackTarget('prod', { releases, unreadable: [] }, []).number).toBe(2);
  });

  /** As the swarm held it as a whole. */
  const WHOLE = { app: 'app:1@sha256:a' };
  it.each<[note: string, images: Record<string, string>, expected: number]>([
    ['secret-not-told', {}, 1],
    ['nobody-to-tell', {}, 1],
    ['roll-stopped', {}, 1],
    ['ensemble-not-ready', {}, 1],
    ['still-stopping', {}, 1],
    ['deploy-failed', {}, 1],
    // At a service that others were to follow.
    ['not-converged', {}, 1],
    ['engine-unreachable', {}, 1],
    ['engine-unreachable', WHOLE, 1],
    ['not-converged', WHOLE, 0],
    ['verification-failed', WHOLE, 0],
    ['unstable', WHOLE, 0],
  ])('of a rollback to 1 that failed (%s, images %j): %i', (note, images, expected) => {
    const failed = { ...release(3, 'failed', 1), rollbackOf: 1, note, images };
    const releases = [failed, release(2, 'failed'), release(1, 'verified'), release(0, 'verified')];
    expect(rollbackTarget('prod', { releases, unreadable: [] }, []).number).toBe(expected);
    // One that ran before has another one to go back to, and so has what is no rollback.
    const { rollbackOf: _rollbackOf, ...deployed } = failed;
    for (const newest of [{ ...failed, was: 'verified' as const }, deployed])
      expect(rollbackTarget('prod', { releases: [newest, ...releases.slice(1)], unreadable: [] }, []).number).toBe(0);
  });

  it.each<[string, { id: string; state: 'ready' | 'down' }[], number]>([
    ['joined again', [{ id: 'new', state: 'ready' }], 1],
    [
      'joined again, and its old entry is still there',
      [
        { id: 'old', state: 'down' },
        { id: 'new', state: 'ready' },
      ],
      1,
    ],
    [
      'is another one of that name, to which the role moved',
      [
        { id: 'old', state: 'ready' },
        { id: 'new', state: 'ready' },
      ],
      2,
    ],
  ])('over a release of the same on a machine that %s', (_what, entries, expected) => {
    const on = (nodeId: string) => ({ nodeLabels: [{ nodeId, node: 'n2', key: 'bundle.prod.data-1' }] });
    const releases = [
      { ...release(3, 'verified', 7), ...on('new') },
      { ...release(2, 'verified', 7), ...on('old') },
      { ...release(1, 'verified', 1), ...on('old') },
    ];
    const nodes = entries.map((entry) => ({ ...entry, hostname: 'n2' }));
    expect(rollbackTarget('prod', { releases, unreadable: [] }, nodes).number).toBe(expected);
  });

  describe('counts by the images that ran, and not by the words for them', () => {
    const [ONE, TWO] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
    const [OTHERS] = Object.entries(document.services).slice(1, 2);
    const [name = '', app] = Object.entries(document.services)[0] ?? [];
    /** @param ran as the swarm pinned it, if it got so far */
    const of = (number: number, state: ReleaseState, image: string, ran?: string, rollbackOf?: number) => ({
      ...release(number, state, 1),
      document: { ...withVersion(1), services: { [name]: { ...app!, image }, other: OTHERS![1] } },
      images: ran === undefined ? {} : { [name]: ran },
      ...(rollbackOf !== undefined && { rollbackOf }),
    });
    const target = (...releases: StoredRelease[]): number =>
      rollbackTarget('prod', { releases, unreadable: [] }, []).number;
    const [v14, v15] = [of(1, 'verified', 'app:14', `app:14@${ONE}`), of(2, 'verified', 'app:15', `app:15@${ONE}`)];
    const failed = of(3, 'failed', 'app:16', `app:16@${ONE}`);

    it('a tag that moved since: the last good one, in the same words', () => {
      expect(target(of(4, 'failed', 'app:15', `app:15@${TWO}`), failed, v15, v14)).toBe(2);
      expect(target(of(4, 'failed', `app:15@${TWO}`), failed, v15, v14)).toBe(2);
      // The same image once more, or nobody knows.
      expect(target(of(4, 'failed', 'app:15', `app:15@${ONE}`), failed, v15, v14)).toBe(1);
      expect(target(of(4, 'failed', 'app:15'), failed, v15, v14)).toBe(1);
    });

    it('words that no digest is known of: what was pinned by then may be another, and is gone back to', () => {
      const pinned = of(4, 'verified', `app:15@${ONE}`, `app:15@${ONE}`, 2);
      expect(target(of(5, 'failed', 'app:15'), pinned, failed, v15, v14)).toBe(4);
    });

    it('a rollback that pinned its images: the one before what it brought back', () => {
      const back = of(4, 'verified', `app:15@${ONE}`, `app:15@${ONE}`, 2);
      expect(target(back, failed, v15, v14)).toBe(1);
    });
  });

  it('can be named, good or not; what is not there is refused', () => {
    expect(number([['verified'], ['failed']], 1)).toBe(1);
    expect(() => number([['verified'], ['failed']], 9)).toThrow('there is no release 9 of prod; kept are 2, 1');
    expect(() => number([])).toThrow('the swarm has no release of prod that can be read');
    expect(() => number([['verified']])).toThrow('no earlier good release');
    expect(() => number([])).toThrow('nothing was deployed with bundle');
  });
});

describe('a release that was good, and failed since, perhaps by what lay outside of it', () => {
  const UNSTABLE = { was: 'verified', note: 'unstable' } as const;
  const fallen = (number: number, more: Partial<StoredRelease> = {}) => ({
    ...release(number, 'failed'),
    ...UNSTABLE,
    ...more,
  });
  const [v10, v8] = [release(10, 'failed'), release(8, 'verified')];
  const passed = (...releases: StoredRelease[]) => {
    const target = rollbackTarget('prod', { releases, unreadable: [] }, []);
    return { target: target.number, passed: passedReleases(releases, [], target).map(({ number }) => number) };
  };

  it.each<[string, StoredRelease[], number, number[]]>([
    ['since its tasks ended again and again', [v10, fallen(9), v8], 8, [9]],
    ['as it was deployed once more', [v10, fallen(9, { was: 'converged', note: 'not-converged' }), v8], 8, [9]],
    ['and its deployment did not end', [v10, fallen(9, { state: 'started', note: '' }), v8], 8, [9]],
    ['and another one, too', [v10, fallen(9), fallen(7), release(6, 'verified')], 6, [9, 7]],
    ['but not what never was good', [v10, release(9, 'failed'), release(7, 'deployed'), v8], 8, []],
    [
      'but not what is left, nor what it asks the same as',
      [fallen(10), fallen(9, { document: withVersion(10) }), v8],
      8,
      [],
    ],
    ['but not what comes back in the same words', [v10, fallen(9, { document: withVersion(8) }), v8], 8, []],
    ['but not one before what comes back', [v10, v8, fallen(7)], 8, []],
    [
      'but not of a way back that is gone on with',
      [{ ...release(10, 'started', 8), rollbackOf: 8 }, fallen(9), v8],
      8,
      [],
    ],
  ])('is named by a rollback: %s', (_what, releases, target, expected) => {
    expect(passed(...releases)).toEqual({ target, passed: expected });
  });

  it('with the reason, and the way to it', () => {
    const way =
      'if the cause lay outside of it, such as a store that was down, `bundle rollback --to 9` brings it back';
    expect(passedText(fallen(9))).toBe(`release 9 is passed by: it was verified, and failed since (unstable); ${way}`);
    expect(passedText(fallen(9, { state: 'started', note: '' }))).toBe(
      `release 9 is passed by: it was verified, and was deployed once more, which did not end; ${way}`,
    );
  });

  it('also if there is nothing else to go back to', () => {
    expect(() => rollbackTarget('prod', { releases: [v10, fallen(9)], unreadable: [] }, [])).toThrow(
      expect.objectContaining({
        code: 'no-release',
        hints: [
          expect.stringContaining('`bundle rollback --to 9`'),
          expect.stringContaining('history'),
          expect.stringContaining('--to N'),
        ],
      }),
    );
  });
});

describe('beside a record of another version, which cannot be read', () => {
  const good = [release(6, 'verified'), release(5, 'verified')];
  const seven = ['prod.release.7'];

  it('that is the newest: only a release that is named is gone back to', () => {
    const history = { releases: good, unreadable: ['prod.release.2', ...seven] };
    expect(() => rollbackTarget('prod', history, [])).toThrow(
      expect.objectContaining({
        code: 'newer-release',
        exit: 2,
        message: 'this version of bundle cannot read the record of release 7 of prod',
        hints: expect.arrayContaining([expect.stringContaining('--to 6 ')]),
      }),
    );
    expect(rollbackTarget('prod', history, [], 6).number).toBe(6);
    expect(() => rollbackTarget('prod', history, [], 7)).toThrow('cannot read the record of release 7');
    expect(() => rollbackTarget('prod', history, [], 9)).toThrow('there is no release 9 of prod');
  });

  it('that a deployment of this version replaced: it may be the last good one', () => {
    const history = { releases: [release(8, 'failed'), ...good], unreadable: seven };
    expect(() => rollbackTarget('prod', history, [])).toThrow(
      expect.objectContaining({
        code: 'newer-release',
        hints: expect.arrayContaining([expect.stringContaining('--to 6 ')]),
      }),
    );
    const stopped = { ...release(8, 'started', 6), rollbackOf: 6 };
    expect(rollbackTarget('prod', { ...history, releases: [stopped, ...good] }, []).number).toBe(6);
  });

  it('that is older than what is gone back to: it does not count', () => {
    expect(rollbackTarget('prod', { releases: good, unreadable: ['prod.release.4'] }, []).number).toBe(5);
  });

  it('nothing is taken up again if that is the newest', () => {
    expect(reusable({ releases: good, unreadable: seven }, good[0]!)).toBeUndefined();
    expect(reusable({ releases: good, unreadable: ['prod.release.4'] }, good[0]!)).toBe(good[0]);
  });
});

describe('releases of which nobody knows how much was done', () => {
  const good = release(1, 'verified');
  const whole = { images: { app: 'app:1@sha256:a' } };
  it.each<[string, StoredRelease[], number[], whole: number | undefined]>([
    ['none after a good one', [good], [], 1],
    [
      'those after it, whether they failed or their run was killed',
      [release(3, 'started'), release(2, 'failed'), good],
      [3, 2],
      1,
    ],
    [
      'not one that the swarm held as a whole, nor those before it',
      [release(4, 'started'), { ...release(3, 'failed'), ...whole }, release(2, 'failed'), good],
      [4],
      3,
    ],
    ['not one that was not awaited', [{ ...release(2, 'deployed'), ...whole }, good], [], 2],
    [
      'not one that found nobody to tell',
      [{ ...release(3, 'failed'), note: 'nobody-to-tell' }, release(2, 'failed'), good],
      [2],
      1,
    ],
    ['all, if none was good', [release(2, 'failed'), release(1, 'failed')], [2, 1], undefined],
  ])('%s', (_what, releases, expected, last) => {
    expect(unfinishedReleases(releases).map(({ number }) => number)).toEqual(expected);
    expect(lastWhole(releases)?.number).toBe(last);
  });
});

describe('secrets that nothing needs', () => {
  const secret = (name: string): SwarmSecret => ({ id: name, name, labels: {}, createdAt: '' });
  const names = (version: number) => Object.values(withVersion(version).secrets).map(({ name }) => name);
  const live = [1, 2, 3, 4].flatMap(names).map(secret);
  const readable = (...kept: StoredRelease[]) => ({ kept, unreadable: [] });

  it('are older versions in no kept release; a newer one is somebody’s who is ahead', () => {
    const stale = staleSecrets(live, readable(release(3, 'verified', 3), release(1, 'verified', 1)), {
      document: withVersion(3),
    });
    expect(stale.map(({ name }) => name).sort()).toEqual(names(2).sort());
  });

  it('are none while there is a record that cannot be read: it may need any', () => {
    const history = { kept: [release(3, 'verified', 3)], unreadable: ['prod.release.2'] };
    expect(staleSecrets(live, history, { document: withVersion(3) })).toEqual([]);
  });

  it('are not those of an answer that is turned off, nor those without a version of ours', () => {
    const [first, ...rest] = Object.entries(withVersion(3).secrets);
    const without = { ...document, secrets: Object.fromEntries(rest) };
    const stale = staleSecrets([...live, secret('prod_hand-made')], readable(), { document: without }).map(
      ({ name }) => name,
    );
    expect(stale.some((name) => name.startsWith(first![1].name.replace(/v\d+$/, '')))).toBe(false);
    expect(stale).not.toContain('prod_hand-made');
    expect(stale.length).toBe(2 * rest.length);
  });
});
