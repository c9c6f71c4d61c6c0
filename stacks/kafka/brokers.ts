import type { HostNeed, ListenPorts } from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';

/** A broker that is also a controller, and the node that keeps its volume. Its service name is also its role. */
export interface Broker {
  id: number;
  name: string;
  node: string;
  /** The name by which clients outside the swarm dial it; undefined if no port is published. */
  outside: string | undefined;
}

/** Ports in the container. */
export const PORTS = { internal: 9092, controller: 9093, client: 9094, external: 9095 } as const;

/** The superuser that is made when the cluster is made. Certificates have `CN=` in their names: none is this user. */
export const ADMIN = 'admin';

/** Broker i is pinned to the i-th named node, starting over at the end. Numbered from 1, also if there is one. */
export function brokersOf({ brokers, nodes, external }: KafkaAnswers): Broker[] {
  return Array.from({ length: brokers }, (_unused, index) => ({
    id: index + 1,
    name: `kafka-${index + 1}`,
    node: nodes[index % nodes.length] ?? '',
    outside: external.publish ? external.names[index] : undefined,
  }));
}

/** `controller.quorum.voters`: fixed for the life of the cluster. */
export const votersOf = (brokers: readonly Broker[]): string =>
  brokers.map(({ id, name }) => `${id}@${name}:${PORTS.controller}`).join();

/** The brokers as clients on the stack's network list them. */
export const clientAddresses = (brokers: readonly Broker[]): string =>
  brokers.map(({ name }) => `${name}:${PORTS.client}`).join();

/** The brokers as clients outside the swarm list them. */
export const outsideAddresses = (brokers: readonly Broker[], port: number): string =>
  brokers.map(({ outside = '' }) => `${outside}:${port}`).join();

/** What hosts must offer: room for the topics of a trial. */
export const brokerHosts = (brokers: readonly Broker[]): HostNeed[] => [
  { services: brokers.map(({ name }) => name), sysctls: {}, volumeBytes: 10 * 2 ** 30 },
];

/** What a broker listens on for the other services. */
export const brokerListens = (): ListenPorts[] => [
  { from: PORTS.internal, what: 'Kafka brokers' },
  { from: PORTS.controller, what: 'Kafka controllers' },
  { from: PORTS.client, what: 'Kafka clients' },
];
