import { beforeAll, describe, expect, it } from 'vitest';
import { kinds, LEAF_DEFAULTS } from '../../../secrets/index.ts';
import { secretChecks } from '../../../src/checks/secrets.ts';
import type { CheckContext } from '../../../src/checks/check.ts';
import type { SwarmConfig } from '../../../src/engine/port.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import type { SecretNeed } from '../../../src/sdk/definition.ts';
import type { Material } from '../../../src/sdk/kind.ts';
import type { SecretState } from '../../../src/bundle/secret-state.ts';
import { context, service } from '../../support/check-context.ts';
import { source } from '../secrets/material.ts';
import { cluster, lockOf } from '../stacks/imply.ts';

/** The secrets of a bundle, those of these files in another state. */
function withStates(
  live: boolean,
  state: SecretState['state'],
  others: Record<string, SecretState['state']>,
): CheckContext {
  const from = context();
  const secrets = from.plan.secrets.flatMap((need) =>
    Object.entries(need.files).map(([part, file]): SecretState => ({
      need,
      part,
      file,
      name: `prod_${file}.v1`,
      created: '',
      labels: {},
      content: undefined,
      otherOnDisk: false,
      live: undefined,
      state: others[file] ?? state,
    })),
  );
  return { ...from, secrets, live: live ? from.live : undefined };
}

const told = async (from: CheckContext) => (await secretChecks.run(from)).map(({ level, text }) => `${level}: ${text}`);

describe('the check of secrets', () => {
  it('counts without an engine what is on disk, and names what is not', async () => {
    const all = withStates(false, 'missing', {});
    const count = all.secrets.length;
    expect(await told(all)).toEqual([`ok: ${count} on disk and as locked`]);
    expect(await told(withStates(false, 'missing', { 'store-password': 'lost' }))).toEqual([
      'unsure: prod_store-password.v1: not on this disk, and the swarm cannot be asked',
      `ok: ${count - 1} of ${count} on disk and as locked`,
    ]);
  });

  it('passes nothing on a checkout without secrets/ that cannot ask the swarm', async () => {
    const findings = await secretChecks.run({ ...withStates(false, 'lost', {}), secretsOnDisk: false });
    expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(['not-run']));
  });

  it('tells a lost one whatever else it warns of', async () => {
    const warned = { level: 'warning' as const, text: 'others on this machine may read secrets/' };
    const from = withStates(true, 'present', { 'store-password': 'lost' });
    expect(await told({ ...from, secretFaults: [warned] })).toEqual([
      `warning: ${warned.text}`,
      'error: prod_store-password.v1 is neither in the swarm nor on this disk',
    ]);
  });

  it('warns on a checkout that is older than what was deployed', async () => {
    const from = withStates(true, 'present', {});
    const mounting = (...names: string[]) =>
      service('prod_imply-manager', {
        labels: { 'com.docker.stack.namespace': 'prod' },
        spec: {
          TaskTemplate: {
            ContainerSpec: { Secrets: names.map((SecretName) => ({ SecretName, File: { Name: 'x' } })) },
          },
        },
      });
    const running = (...names: string[]): CheckContext => {
      const { live } = from;
      if (live === undefined) throw new Error('no swarm');
      return { ...from, live: { ...live, services: [mounting(...names)] } };
    };
    expect(await told(running('prod_auth-token.v1', 'prod_store-password.v0', 'other_store-password.v9'))).toEqual([
      expect.stringMatching(/^ok: all /) as string,
    ]);
    expect(await told(running('prod_store-password.v2', 'prod_store-password.v10'))).toEqual([
      'warning: secrets that were replaced since bundle.lock.json was written come back: prod_store-password v10 → v1',
    ]);
  });

  it('does not warn of another secret by the same name: the password of the store that runs', async () => {
    const from = withStates(true, 'present', {});
    const spec = { TaskTemplate: { ContainerSpec: { Secrets: [{ SecretName: 'prod_store-password.v2' }] } } };
    const runs = async (answers: object): Promise<string[]> => {
      const bundle = cluster(answers as Record<string, unknown>);
      const { secrets, ...lock } = lockOf(bundle);
      const config: SwarmConfig = {
        ...{ id: 'r1', name: 'prod.release.1', version: 1, createdAt: '', updatedAt: '' },
        labels: releaseLabels('prod', { state: 'verified' }),
        data: encodeRelease({
          ...{ number: 1, at: '', by: 'ann@ops', tool: '0.1.0', nodeLabels: [] },
          answers: { version: 1, stack: 'imply', name: 'prod', ...bundle.answers },
          lock: { ...lock, secrets: { ...secrets, 'store-password': { ...secrets['store-password']!, version: 2 } } },
          document: from.document,
        }),
      };
      const engine = { ...from.live!.engine, configs: async () => [config] };
      return told({ ...from, live: { ...from.live!, engine, services: [service('prod_imply-manager', { spec })] } });
    };
    expect(await runs({ store: { embedded: false, host: 'db.example.org', user: 'imply' } })).toEqual([
      expect.stringMatching(/^ok: all /),
    ]);
    expect(await runs({})).toEqual([expect.stringMatching(/^warning: .*prod_store-password v2 → v1$/)]);
  });

  describe('of a checkout that would undo a renewal', () => {
    type Issued = NonNullable<SecretState['issued']>;
    const issued: Issued = { ...{ by: 'ca', authority: 'a'.repeat(64), subject: '' }, names: ['a', 'b'], key: 'rsa-3072', days: 365 }; // prettier-ignore
    const RENEWED =
      'error: certificates that were renewed are older in bundle.lock.json than in release 4 (ann@ops, 2026-01-01), ' +
      'and would come back: prod_store-password v2 → v1';
    const REPLACED =
      'warning: secrets that were replaced since bundle.lock.json was written come back: prod_store-password v2 → v1';

    /** With version 1 here, and this as version 2 in the newest release, which a service mounts. */
    async function undoing(
      { notBefore, unread = 0, version = 2, ...newer }: Partial<Issued> & { notBefore?: string; unread?: number; version?: number }, // prettier-ignore
      over: Partial<CheckContext> = {},
    ): Promise<string[]> {
      const from = withStates(true, 'present', {});
      const bundle = cluster({});
      const { secrets, ...lock } = lockOf(bundle);
      const entry = { ...secrets['store-password']!, version, issued: { ...issued, ...newer }, facts: { notBefore } };
      const config: SwarmConfig = {
        ...{ id: 'r4', name: 'prod.release.4', version: 1, createdAt: '', updatedAt: '' },
        labels: releaseLabels('prod', { state: 'verified' }),
        data: encodeRelease({
          ...{ number: 4, at: '2026-01-01T10:00:00Z', by: 'ann@ops', tool: '0.1.0', nodeLabels: [] },
          answers: { version: 1, stack: 'imply', name: 'prod', ...bundle.answers },
          lock: { ...lock, secrets: { ...secrets, 'store-password': entry } },
          document: from.document,
        }),
      };
      const opaque = { ...config, name: 'prod.release.5', data: Buffer.from('{"format":99}') };
      const spec = { TaskTemplate: { ContainerSpec: { Secrets: [{ SecretName: 'prod_store-password.v2' }] } } };
      const engine = {
        ...from.live!.engine,
        configs: async () => [config, ...Array<SwarmConfig>(unread).fill(opaque)],
      };
      return told({
        ...from,
        secrets: from.secrets.map((each) => (each.file === 'store-password' ? { ...each, issued } : each)),
        live: { ...from.live!, engine, services: [service('prod_imply-manager', { spec })] },
        ...over,
      });
    }

    it('is refused, by whom it was renewed', async () => {
      expect(await undoing({})).toEqual([RENEWED]);
      expect(await undoing({ names: ['b', 'a'] })).toEqual([RENEWED]);
    });

    it.each<[string, Parameters<typeof undoing>]>([
      ['its CA changed since', [{ authority: 'b'.repeat(64) }]],
      ['its names did', [{ names: ['a'] }]],
      ['a release is brought back', [{}, { backTo: 3 }]],
      ['the newer one is not valid yet', [{ notBefore: '2026-01-01T00:00:01Z' }]],
      ['the newest release has another', [{ version: 3 }]],
      ['the newest release cannot be read', [{ unread: 1 }]],
    ])('is a warning if %s', async (_what, given) => {
      expect(await undoing(...given)).toEqual([REPLACED]);
    });
  });

  it('warns of a new version that is the content of one which was replaced', async () => {
    const from = withStates(true, 'missing', {});
    const [password] = from.secrets.filter(({ file }) => file === 'store-password');
    if (!password || !from.live) throw new Error('the bundle has no password');
    const { live } = from;
    const bundle = cluster({});
    const { secrets, ...lock } = lockOf(bundle);
    const release = (version: number, print: string): SwarmConfig => ({
      ...{ id: `r${version}`, name: `prod.release.${version}`, version: 1, createdAt: '', updatedAt: '' },
      labels: releaseLabels('prod', { state: 'verified' }),
      data: encodeRelease({
        ...{ number: version, at: '', by: 'ann@ops', tool: '0.1.0', nodeLabels: [] },
        answers: { version: 1, stack: 'imply', name: 'prod', ...bundle.answers },
        lock: {
          ...lock,
          secrets: {
            ...secrets,
            'store-password': { ...secrets['store-password']!, version, fingerprints: { [password.part]: print } },
          },
        },
        document: from.document,
      }),
    });
    const engine = { ...live.engine, configs: async () => [release(1, 'a'.repeat(64)), release(2, 'b'.repeat(64))] };
    const locked = (version: number, print: string, mounted: string[] = []) => {
      const spec = { TaskTemplate: { ContainerSpec: { Secrets: mounted.map((SecretName) => ({ SecretName })) } } };
      const labels = { 'bundle.fingerprint': print };
      return told({
        ...from,
        secrets: [{ ...password, name: `prod_store-password.v${version}`, labels }],
        live: { ...live, engine, services: [service('prod_imply-manager', { spec })] },
      });
    };
    expect(await locked(3, 'a'.repeat(64))).toEqual([
      'warning: a replaced secret comes back as a new version: prod_store-password v3 is the content of v1, which v2 ' +
        'replaced',
    ]);
    const fine = [expect.stringMatching(/^ok: /)];
    expect(await locked(3, 'c'.repeat(64))).toEqual(fine);
    // Only a new number for the same, and one that runs by now.
    expect(await locked(3, 'b'.repeat(64))).toEqual(fine);
    expect(await locked(3, 'a'.repeat(64), ['prod_store-password.v3'])).toEqual(fine);
  });

  it('refuses an expired certificate that this run does not issue again, if a service would restart with it', async () => {
    const from = { ...withStates(true, 'present', {}), secretsOnDisk: false };
    const reissue = (days: number, services: string[]): CheckContext => ({
      ...from,
      endings: { 'kafka-1-peer': new Date(from.now.getTime() + days * 86_400_000).toISOString() },
      reissues: [{ secret: 'kafka-1-peer', reason: { urgency: 'due', text: 'so it is' }, services, here: false }],
    });
    const first = async (context: CheckContext) => (await secretChecks.run(context))[0];
    expect(await first(reissue(-0.5, ['kafka-1']))).toEqual({
      level: 'error',
      text: 'the certificate kafka-1-peer is due: so it is',
      hint: '`bundle deploy --renew`, where the bundle’s secrets/ is; that restarts kafka-1',
    });
    expect(await first(reissue(0.5, ['kafka-1']))).toMatchObject({ level: 'warning' });
    // Of a client alone: nothing restarts with it.
    expect(await first(reissue(-0.5, []))).toMatchObject({ level: 'warning' });
  });

  describe('of a certificate that is not valid yet', () => {
    const HINT = 'it was issued by a clock that was ahead: ';
    /** The first finding of one that begins so many hours after now, by this machine's clock. */
    async function early(hours: number, managerAhead: number | undefined, over: Partial<CheckContext> = {}) {
      const from = withStates(true, 'present', {});
      const [need] = from.plan.secrets;
      if (!need) throw new Error('the bundle has no secrets');
      const after = (by: number): string => new Date(from.now.getTime() + by * 3_600_000).toISOString();
      const info = { systemTime: managerAhead === undefined ? '' : after(managerAhead) } as CheckContext['info'];
      const beginnings = { [need.secret]: after(hours) };
      const [first] = await secretChecks.run({ ...from, beginnings, info, secretsOnDisk: false, ...over });
      return { ...first, begins: `${need.secret} is valid only from ${after(hours)}` };
    }

    it('is an error by both clocks, or by the only one that is known', async () => {
      for (const managerAhead of [0, undefined]) {
        const { level, text, hint, begins } = await early(2, managerAhead);
        expect([level, text]).toEqual(['error', begins]);
        expect(hint).toContain(HINT);
      }
    });

    it('is an error by the manager’s alone, and a warning by ours alone: the nodes judge', async () => {
      const theirs = await early(-1, -2);
      expect([theirs.level, theirs.text]).toEqual(['error', `${theirs.begins}, by the swarm manager’s clock`]);
      const ours = await early(1, 2);
      expect([ours.level, ours.text]).toEqual(['warning', `${ours.begins}, by this machine’s clock`]);
      for (const { hint } of [ours, theirs]) expect(hint).toContain('timedatectl');
    });

    it('is an error by the manager’s only if the clocks are told apart: a question takes its time', async () => {
      expect((await early(0, -30 / 3600)).level).toBe('ok');
      expect((await early(0, -2 / 60)).level).toBe('error');
    });

    it('is an error of a release that comes back, though it must be issued again: nothing is issued', async () => {
      const [{ secret } = { secret: '' }] = context().plan.secrets;
      const reissues: CheckContext['reissues'] = [
        { secret, reason: { urgency: 'must', text: 'so it is' }, services: [], here: true },
      ];
      const { level, text, begins } = await early(2, 0, { reissues, backTo: 5 });
      expect([level, text]).toEqual(['error', begins]);
    });

    it('is no finding once it has begun, and told once where it must be issued again', async () => {
      expect((await early(0, 0)).level).toBe('ok');
      const [{ secret } = { secret: '' }] = context().plan.secrets;
      const reissues: CheckContext['reissues'] = [
        { secret, reason: { urgency: 'must', text: 'so it is' }, services: [], here: true },
      ];
      expect((await early(2, 0, { reissues })).text).toContain('must be issued again, since so it is');
    });
  });

  it('tells one that no service mounts and that is not here: the swarm never has it', async () => {
    const from = withStates(true, 'present', {});
    const [any] = from.plan.secrets;
    if (!any) throw new Error('the bundle has no secrets');
    const own = { ...any, secret: 'user-me', files: { token: 'of-me' }, purpose: 'by which me logs in' };
    const plan = { ...from.plan, secrets: [...from.plan.secrets, own] };
    const passed = `ok: all ${from.secrets.length} in the swarm, as locked`;
    expect(await told({ ...from, plan })).toEqual([
      'info: secrets/of-me (by which me logs in): not on this disk, and the swarm never has it',
      passed,
    ]);
    expect(await told({ ...from, plan, secretsOnDisk: false })).toEqual([passed]);
  });

  describe('of a certificate that is not what its CA issues', () => {
    const common = { inputs: {}, mustBeGiven: false, purpose: 'test' };
    const ca: SecretNeed = {
      ...common,
      secret: 'ca',
      kind: kinds.certificateAuthority,
      options: { subject: 'prod CA', keyBits: 2048, days: 3650 },
      files: { certificate: 'ca.crt', key: 'ca.key' },
    };
    const leaf: SecretNeed = {
      ...common,
      secret: 'kafka-1',
      kind: kinds.leafCertificate,
      options: { ...LEAF_DEFAULTS, key: 'ec-p256', subject: 'kafka-1', names: ['kafka-1'] },
      files: { certificate: 'kafka-1.crt', key: 'kafka-1.key' },
      issued: { by: 'ca', renewalDays: 60 },
    };
    const made = async ({ kind, options }: SecretNeed, issuer?: Material): Promise<Material> =>
      (await kind.generate?.(options, source, issuer)) ?? {};
    let authorities: Material[];
    beforeAll(async () => {
      authorities = await Promise.all([made(ca), made(ca)]);
    });

    /** With the certificate of the first CA, beside the CA of that number. */
    async function withAuthority(
      at: number,
      {
        leafState = 'missing',
        caState = 'present',
        stale = [],
        ...over
      }: Partial<CheckContext> & {
        leafState?: SecretState['state'];
        caState?: SecretState['state'];
        stale?: string[];
      } = {},
    ): Promise<CheckContext> {
      const from = context();
      const materials: Record<string, Material> = {
        ca: authorities[at] ?? {},
        'kafka-1': await made(leaf, authorities[0]),
      };
      const stateOf = (need: SecretNeed, part: string, state: SecretState['state']): SecretState => ({
        need,
        part,
        file: need.files[part] ?? '',
        name: `prod_${need.secret}-${part}.v1`,
        created: '',
        labels: {},
        content: materials[need.secret]?.[part],
        otherOnDisk: stale.includes(need.secret),
        live: undefined,
        state,
      });
      return {
        ...from,
        now: new Date(),
        plan: { ...from.plan, secrets: [ca, leaf] },
        secrets: [
          stateOf(ca, 'certificate', caState),
          stateOf(leaf, 'certificate', leafState),
          stateOf(leaf, 'key', leafState),
        ],
        secretValue: ({ secret, part }) => materials[secret]?.[part],
        ...over,
      };
    }
    const FAULT = 'secrets/kafka-1.crt, kafka-1.key: the certificate was not issued by its CA (ca)';
    const misfits = async (from: CheckContext) => (await told(from)).filter((line) => line.includes('not issued by'));

    it('tells nothing of one that is', async () => expect(await misfits(await withAuthority(0))).toEqual([]));
    it('fails for one that would be sent', async () =>
      expect(await misfits(await withAuthority(1))).toEqual([`error: ${FAULT}`]));
    it('warns of one that runs', async () =>
      expect(await misfits(await withAuthority(1, { leafState: 'present' }))).toEqual([`warning: ${FAULT}`]));
    it('leaves it to what is told of the CA, or of what is issued again', async () => {
      expect(await misfits(await withAuthority(1, { caState: 'changed' }))).toEqual([]);
      for (const stale of ['ca', 'kafka-1'])
        expect(await misfits(await withAuthority(1, { leafState: 'present', stale: [stale] }))).toEqual([]);
      const reissues: CheckContext['reissues'] = [
        { secret: 'kafka-1', reason: { urgency: 'must', text: 'its CA changed' }, services: [], here: true },
      ];
      expect(await misfits(await withAuthority(1, { reissues }))).toEqual([]);
    });
  });
});
