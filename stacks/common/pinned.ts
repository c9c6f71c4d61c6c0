import { nodeLabel } from '../../src/sdk/helpers.ts';
import type { ComposeService, UpdatePolicy } from '../../src/sdk/compose.ts';
import type { AmountTexts } from './answers.ts';

/**
 * One at a time, the old task gone first (it holds the volume, the port, the identity), and a human looks when it
 * fails.
 */
const UPDATE: UpdatePolicy = { parallelism: 1, failureAction: 'pause', monitor: '5s', order: 'stop-first' };
/** The start-up lines that verification reads must survive rotation. */
const LOGGING = { driver: 'json-file', options: { 'max-size': '50m', 'max-file': '5' } };

export interface PinnedIdentity {
  /** The stack's name. */
  stack: string;
  /** Role of the node label that pins it. */
  label: string;
  /** Service name, host name and alias. */
  alias: string;
  network: string;
  reserve?: AmountTexts | undefined;
  limit?: AmountTexts | undefined;
}

/**
 * What all services with an identity share: name = host name = alias, one task pinned to a node, its address instead of
 * a virtual IP, restart with a delay.
 */
export function pinnedService({
  stack,
  label,
  alias,
  network,
  reserve,
  limit,
}: PinnedIdentity): Pick<ComposeService, 'hostname' | 'networks' | 'logging' | 'deploy'> {
  return {
    hostname: alias,
    networks: { [network]: { aliases: [alias] } },
    logging: LOGGING,
    deploy: {
      endpointMode: 'dnsrr',
      replicas: 1,
      constraints: [`node.labels.${nodeLabel(stack, label)} == true`],
      restart: { condition: 'any', delay: '5s' },
      update: UPDATE,
      ...resources(limit, reserve),
    },
  };
}

function resources(limit: AmountTexts = {}, reserve: AmountTexts = {}): Pick<ComposeService['deploy'], 'resources'> {
  const [limits, reservations] = [limit, reserve].map(({ cpus, memory }) =>
    cpus === undefined && memory === undefined
      ? undefined
      : { ...(cpus === undefined ? {} : { cpus }), ...(memory === undefined ? {} : { memory }) },
  );
  return limits || reservations
    ? { resources: { ...(limits ? { limits } : {}), ...(reservations ? { reservations } : {}) } }
    : {};
}
