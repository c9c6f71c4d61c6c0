import { describe, expect, it } from 'vitest';
import { secretChecks } from '../../../src/checks/secrets.ts';
import type { CheckContext } from '../../../src/checks/check.ts';
import type { SecretState } from '../../../src/bundle/secret-state.ts';
import { context, service } from '../../support/check-context.ts';

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
});
