import { describe, expect, it } from 'vitest';
import type { LockedSecret } from '../../../src/bundle/lock.ts';
import { LABEL } from '../../../src/bundle/names.ts';
import type { SwarmSecret } from '../../../src/engine/port.ts';
import { expiredCertificates } from '../../../src/release/expired-certificates.ts';
import { validateAnswers } from '../../support/answers.ts';

const { definition, name, answers } = validateAnswers(
  { version: 1, stack: 'kafka', name: 'ev', nodes: ['a', 'b', 'c'], brokers: 3 },
  'bundle.yaml',
);
const PLAN = definition.plan(name, answers);
const NOW = Date.parse('2026-06-01T12:00:00Z');
const PAST = '2026-06-01T11:59:59Z';
const PRINT = 'a'.repeat(64);

const locked = (version: number, notAfter: string | undefined, print = PRINT): LockedSecret => ({
  version,
  kind: 'leaf',
  created: '',
  fingerprints: { keystore: print, certificate: print },
  facts: { notAfter },
});
const live = (secret: string, print = PRINT): SwarmSecret =>
  ({ id: secret, name: secret, labels: { [LABEL.fingerprint]: print } }) as unknown as SwarmSecret;
const found = (secrets: Record<string, LockedSecret>, ...liveSecrets: SwarmSecret[]): string[] => [
  ...expiredCertificates('ev', PLAN, { locks: [{ secrets: {} }, { secrets }], liveSecrets, now: NOW }).expired,
];

describe('certificates by which services know each other, once expired', () => {
  const V1 = live('ev_kafka-1-peer.pem.v1');

  it('are told by the lock of what was deployed, as the swarm calls them', () => {
    expect(found({ 'kafka-1-peer': locked(1, PAST) }, V1)).toEqual(['ev_kafka-1-peer.pem.v1']);
  });

  it.each<[string, Record<string, LockedSecret>, SwarmSecret]>([
    ['in date', { 'kafka-1-peer': locked(1, '2026-06-01T12:00:01Z') }, V1],
    ['of an end that is not known', { 'kafka-1-peer': locked(1, undefined) }, V1],
    ['of another version', { 'kafka-1-peer': locked(2, PAST) }, V1],
    ['of another cluster that had the name before', { 'kafka-1-peer': locked(1, PAST, 'b'.repeat(64)) }, V1],
    ['what clients see of a broker', { 'kafka-1': locked(1, PAST) }, live('ev_kafka-1.pem.v1')],
  ])('are not meant if %s', (_what, secrets, secret) => {
    expect(found(secrets, secret)).toEqual([]);
  });

  it('are meant with all others where it is asked for all', () => {
    const V1_CLIENT = live('ev_kafka-1.pem.v1');
    const seen = {
      locks: [
        { secrets: { 'kafka-1': locked(1, PAST), 'kafka-1-peer': locked(1, PAST), 'kafka-2': locked(1, undefined) } },
      ],
      liveSecrets: [V1, V1_CLIENT, live('ev_kafka-2.pem.v1')],
      now: NOW,
    };
    expect(expiredCertificates('ev', PLAN, seen).expiredOfAll).toEqual(new Set([V1.name, V1_CLIENT.name]));
    const [told] = PLAN.told ?? [];
    // It is by this target that brokers mount it.
    const { document } = PLAN.document(
      (secret, part) => `${secret}.${part}`,
      () => [],
    );
    for (const name of told?.services ?? [])
      expect(document.services[name]?.secrets?.map(({ target }) => target)).toContain(told?.shown);
  });

  it('are told by a label of the swarm’s secret, where no lock of it is left', () => {
    const ending = (name: string, end: string): SwarmSecret => {
      const secret = live(name);
      return { ...secret, labels: { ...secret.labels, [LABEL.end]: end } };
    };
    const newer = { 'kafka-1-peer': locked(3, '2027-06-01T12:00:00Z') };
    const one = ending('ev_kafka-1-peer.pem.v2', PAST);
    expect(found(newer, one, ending('ev_kafka-2-peer.pem.v1', '2026-06-01T12:00:01Z'))).toEqual([one.name]);
    expect(found(newer, ending('ev_kafka-1.pem.v1', PAST), ending('ev_kafka-1-peer.pem.v1', 'no date'))).toEqual([]);
  });

  it('are not told by a clock that is not known', () => {
    const locks = [{ secrets: { 'kafka-1-peer': locked(1, PAST) } }];
    expect(expiredCertificates('ev', PLAN, { locks, liveSecrets: [V1], now: NaN })).toEqual({
      expired: new Set(),
      expiredOfAll: new Set(),
    });
  });
});
