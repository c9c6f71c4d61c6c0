import type { EndpointExpectation, LogExpectation, SecretPart, ServiceExpectation } from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';
import { PORTS, type Broker } from './brokers.ts';
import { CLIENT_CA, PEERS_CA, forbidden } from './secrets.ts';
import { protocolMap } from './services.ts';

/**
 * ApiVersions, version 0, correlation id 1, no client id: every listener answers it before a login, and no line is
 * logged. The answer: length, the same correlation id, no error (measured with 4.4.0).
 */
const API_VERSIONS = { send: '0000000a0012000000000001ffff', answer: '........000000010000' };

/** What must be seen of each broker. */
export function expectations(answers: KafkaAnswers, brokers: readonly Broker[]): ServiceExpectation[] {
  // Printed by 4.4.0 at the level INFO, on the console.
  const logs: LogExpectation[] = [
    { name: 'Started', contains: 'Kafka Server started' },
    { name: 'Unfenced', contains: 'The broker has been unfenced' },
    { name: 'Listeners', contains: `listener.security.protocol.map = ${protocolMap(answers)}` },
  ];
  return brokers.map((broker) => ({
    service: broker.name,
    logs,
    withinSeconds: 240,
    startGraceSeconds: 180,
    needs: [],
    forbiddenSecrets: forbidden(broker, brokers),
    endpoints: endpointsOf(broker),
  }));
}

function endpointsOf({ name, outside }: Broker): EndpointExpectation[] {
  return [
    ...peers('internal', PORTS.internal, name),
    ...peers('controller', PORTS.controller, name),
    ...clients('client', PORTS.client, name),
    ...(outside === undefined ? [] : clients('external', PORTS.external, outside)),
  ];
}

/** For brokers and controllers alone. */
const peers = (listener: string, port: number, name: string): EndpointExpectation[] => [
  certificate(listener, port, name, PEERS_CA),
  { kind: 'exchange', name: `${listener}-peers-only`, port, serverName: name, ...API_VERSIONS, expected: 'refusal' },
];

/** For everyone; who asks for more than this question must log in. */
const clients = (listener: string, port: number, name: string): EndpointExpectation[] => [
  certificate(listener, port, name, CLIENT_CA),
  { kind: 'exchange', name: `${listener}-protocol`, port, serverName: name, ...API_VERSIONS, expected: 'answer' },
];

const certificate = (listener: string, port: number, name: string, authority: SecretPart): EndpointExpectation => ({
  kind: 'tls',
  name: `${listener}-tls`,
  port,
  names: [name],
  authority,
  clients: ['pkix'],
});
