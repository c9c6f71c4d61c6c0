import type { ComposeService } from '../../src/sdk/compose.ts';
import { pinnedService } from '../common/pinned.ts';
import type { KafkaAnswers } from './answers.ts';
import { environmentOf } from './environment.ts';
import { PORTS, volumeOf, type Member } from './members.ts';
import { mountsOf } from './secrets.ts';
import { DATA, startOf } from './start.ts';

export const NETWORK = 'kafka';

/**
 * A broker leaves its partitions by the controllers first. If no majority of them answers, it waits five minutes for
 * that, a time that no setting changes, and only then closes its logs (`KafkaBroker.shutdown`; apache/kafka#20950): one
 * that is killed before has to recover them at its next start.
 */
export const BROKER_GRACE = '6m';
const CONTROLLER_GRACE = '3m';

/**
 * One member. No health check: peers look for its name while it starts, and a task whose health is not yet known has no
 * name on the network.
 */
export function memberService(
  stack: string,
  answers: KafkaAnswers,
  member: Member,
  members: readonly Member[],
  clusterId: string,
): ComposeService {
  const { name, outside, broker } = member;
  const { reserve } = broker ? answers : answers.controllers;
  return {
    image: answers.image,
    ...pinnedService({ stack, label: name, alias: name, network: NETWORK, reserve }),
    // The image keeps its entrypoint.
    command: ['bash', '-c', startOf(member, answers)],
    environment: environmentOf(answers, member, members, clusterId),
    secrets: mountsOf(member, answers),
    volumes: [{ type: 'volume', source: volumeOf(name), target: DATA }],
    ...(outside === undefined
      ? {}
      : { ports: [{ target: PORTS.external, published: answers.external.port, mode: 'host' as const }] }),
    stopGracePeriod: broker ? BROKER_GRACE : CONTROLLER_GRACE,
  };
}
