import type { HostNeed, ListenPorts } from '../../src/sdk/definition.ts';
import { MOST_BROKERS, type KafkaAnswers } from './answers.ts';

/** A process of the cluster, and the node that keeps its volume. Its service name is also its role. */
export interface Member {
  id: number;
  name: string;
  node: string;
  controller: boolean;
  broker: boolean;
  /** The name by which clients outside the swarm dial it; undefined if no port is published. */
  outside: string | undefined;
}

/** What its quorum group needs to know of it. */
export type QuorumMember = Pick<Member, 'id' | 'name' | 'broker' | 'controller'>;

/** Ports in the container. */
export const PORTS = { internal: 9092, controller: 9093, client: 9094, external: 9095 } as const;

/** Broker i is pinned to the i-th named node, starting over at the end. Numbered from 1, also if there is one. */
export function brokersOf({ brokers, nodes, external, controllers }: KafkaAnswers): Member[] {
  return Array.from({ length: brokers }, (_unused, index) => ({
    id: index + 1,
    name: `kafka-${index + 1}`,
    node: nodes[index % nodes.length] ?? '',
    controller: !controllers.apart,
    broker: true,
    outside: external.publish ? external.names[index] : undefined,
  }));
}

/** The voters: the brokers themselves, or controllers apart from them, which are pinned in the same way. */
export function controllersOf(answers: KafkaAnswers): Member[] {
  const { apart, count, nodes } = answers.controllers;
  if (!apart) return brokersOf(answers);
  return Array.from({ length: count }, (_unused, index) => ({
    id: MOST_BROKERS + index + 1,
    name: `kafka-controller-${index + 1}`,
    node: nodes[index % nodes.length] ?? '',
    controller: true,
    broker: false,
    outside: undefined,
  }));
}

/** All of them, controllers that are apart first. */
export const membersOf = (answers: KafkaAnswers): Member[] => [
  ...(answers.controllers.apart ? controllersOf(answers) : []),
  ...brokersOf(answers),
];

/** `controller.quorum.voters`: fixed for the life of the cluster. */
export const votersOf = (controllers: readonly Member[]): string =>
  controllers.map(({ id, name }) => `${id}@${name}:${PORTS.controller}`).join();

/** The brokers as clients on the stack's network list them. */
export const clientAddresses = (brokers: readonly Pick<Member, 'name'>[]): string =>
  brokers.map(({ name }) => `${name}:${PORTS.client}`).join();

/** The brokers as clients outside the swarm list them. */
export const outsideAddresses = (brokers: readonly Member[], port: number): string =>
  brokers.map(({ outside = '' }) => `${outside}:${port}`).join();

/** Up to so many brokers, one more is one more copy of new topics, and changes the settings of all members. */
export const MOST_COPIES = 3;

/** How many copies a new topic has that does not say it. */
export const copiesOf = (brokers: number): number => Math.min(MOST_COPIES, brokers);

/** How many copies in sync must have a record that is acknowledged to `acks=all`: `min.insync.replicas`. */
export const leastInSync = (brokers: number): number => (brokers >= MOST_COPIES ? 2 : 1);

/** What hosts must offer: room for the topics of a trial; a controller apart keeps metadata alone. */
export function memberHosts(members: readonly Member[]): HostNeed[] {
  const need = (group: readonly Member[], gibibytes: number): HostNeed[] =>
    group.length === 0
      ? []
      : [{ services: group.map(({ name }) => name), sysctls: {}, volumeBytes: gibibytes * 2 ** 30 }];
  return [
    ...need(
      members.filter(({ broker }) => !broker),
      1,
    ),
    ...need(members.filter(({ broker }) => broker), 10), // prettier-ignore
  ];
}

/** Key of a member's volume in the document. */
export const volumeOf = (member: string): string => `${member}-data`;

/** What a member listens on for the other services. */
export const listensOf = ({ broker, controller }: Member): ListenPorts[] => [
  ...(broker ? [{ from: PORTS.internal, what: 'Kafka brokers' }] : []),
  ...(controller ? [{ from: PORTS.controller, what: 'Kafka controllers' }] : []),
  ...(broker ? [{ from: PORTS.client, what: 'Kafka clients' }] : []),
];
