/** A stack that was deployed by hand has no release: the lockfile as it was read, or labels, tell what runs. */
import { describe, expect, it } from 'vitest';
import type { LockedSecret } from '../../../src/bundle/lock.ts';
import { LABEL } from '../../../src/bundle/names.ts';
import type { SecretState } from '../../../src/bundle/secret-state.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import { planBundle, type Survey } from '../../../src/project/plan-bundle.ts';
import { validateAnswers } from '../../support/answers.ts';
import { node } from '../../support/check-context.ts';
import { holding } from '../plan/engine.ts';
import { rendered } from '../stacks/imply.ts';

const NAMES = ['n1', 'n2', 'n3'];
const PRINT = 'a'.repeat(64);
const bundle = validateAnswers({ version: 1, stack: 'kafka', name: 'prod', nodes: NAMES }, 'bundle.yaml');
const plan = bundle.definition.plan('prod', bundle.answers);
const { document } = rendered(bundle);
const PEERS = plan.secrets.filter(({ secret }) => secret.endsWith('-peer'));
const FILES = PEERS.flatMap(({ files }) => Object.values(files)).filter((file) => file in document.secrets);

/** The peers' certificates in this version. */
const lockOf = (version: number, notAfter: string): Loaded['directory']['lock'] => ({
  version: 1,
  secrets: Object.fromEntries(
    PEERS.map(({ secret, kind }): [string, LockedSecret] => [
      secret,
      { version, kind: kind.name, created: '', fingerprints: { keystore: PRINT, certificate: PRINT }, facts: { notAfter } }, // prettier-ignore
    ]),
  ),
});
const OLD = lockOf(1, '2026-01-01T00:00:00.000Z');
const NEW = lockOf(2, '2099-01-01T00:00:00.000Z');

/** How the brokers restart for new certificates, if nothing but this is known. */
function restarts(before: Partial<Loaded>, labels: Record<string, string> = {}) {
  const nodes = NAMES.map((name, at) => node(name, { labels: { [`bundle.prod.kafka-${at + 1}`]: 'true' } }));
  const live = holding(document, nodes);
  const text = FILES.reduce((all, file) => all.replaceAll(`${file}.v1`, `${file}.v2`), JSON.stringify(document));
  const found = {
    ...{ live, networks: live.networks, volumes: [], keptPorts: new Map() },
    liveSecrets: live.secrets.map((name) => ({ name, labels: { [LABEL.fingerprint]: PRINT, ...labels } })),
    info: { swarm: { nodeId: '' }, systemTime: new Date().toISOString() },
  } as unknown as Survey;
  const directory = { bundle, plan, lock: NEW, secrets: { materials: {} } };
  const loaded = { directory, document: JSON.parse(text) as StackDocument, ...before } as unknown as Loaded;
  const states = live.secrets.map((name) => ({ name, live: {} })) as unknown as SecretState[];
  return planBundle(loaded, found, states, { history: { releases: [], unreadable: [] } }).restarts.map(
    ({ how, expired }) => ({ how, expired }),
  );
}

describe('brokers whose certificates for each other have expired, deployed by hand', () => {
  const together = [{ how: 'at-once', expired: FILES }];

  it('restart together where this run issues them again', () => {
    expect(FILES).toHaveLength(3);
    expect(restarts({ lockBefore: OLD })).toEqual(together);
  });

  it('restart together also where a run before had issued them, and was killed', () => {
    expect(restarts({}, { [LABEL.end]: '2026-01-01T00:00:00.000Z' })).toEqual(together);
  });

  it('are asked as ever while they are in date', () => {
    expect(restarts({ lockBefore: lockOf(1, '2098-01-01T00:00:00.000Z') })).not.toEqual(together);
  });
});
