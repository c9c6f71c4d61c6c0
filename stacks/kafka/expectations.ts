import type {
  EndpointExpectation,
  LogExpectation,
  SecretPart,
  ServiceExpectation,
  TlsClients,
} from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';
import { protocolMap } from './environment.ts';
import { PORTS, type Member } from './members.ts';
import { asksAsPeer } from './peers.ts';
import { ADMIN } from './answers.ts';
import { permissions, superUsers } from './permissions.ts';
import { apiVersions, refusedLogin } from './protocol.ts';
import { CLIENT_CA, PEERS_CA, forbidden } from './secrets.ts';
import { MECHANISM } from './start.ts';

/** What must be seen of each member. */
export function expectations(answers: KafkaAnswers, members: readonly Member[]): ServiceExpectation[] {
  const controllers = members.filter(({ controller }) => controller).map(({ name }) => name);
  return members.map((member) => ({
    service: member.name,
    logs: [...logsOf(member, answers), permissions(member, superUsers(answers, members))],
    withinSeconds: 240,
    startGraceSeconds: 180,
    // A broker that finds no controller in a minute ends.
    needs: member.controller ? [] : controllers,
    forbiddenSecrets: forbidden(member, members, answers),
    endpoints: endpointsOf(member, answers),
    programs: [asksAsPeer(member)],
  }));
}

/** Printed by 4.4.0 at the level INFO, on the console. */
function logsOf({ broker, name, outside }: Member, answers: KafkaAnswers): LogExpectation[] {
  // To where a broker sends its clients on; brackets and spaces around each differ between versions.
  const advertised =
    outside === undefined ? `CLIENT://${name}:${PORTS.client}` : `EXTERNAL://${outside}:${answers.external.port}`;
  return [
    { name: 'Started', contains: 'Kafka Server started' },
    ...(broker
      ? [
          {
            name: 'Unfenced',
            contains: 'The broker has been unfenced',
            remedy: 'more than half of the controllers must run',
          },
          { name: 'Advertised', contains: advertised },
        ]
      : []),
    { name: 'Listeners', contains: `listener.security.protocol.map = ${protocolMap(answers)}\n` },
  ];
}

function endpointsOf({ name, outside, broker, controller }: Member, answers: KafkaAnswers): EndpointExpectation[] {
  return [
    ...(broker ? peers('internal', PORTS.internal, name) : []),
    ...(controller ? peers('controller', PORTS.controller, name) : []),
    ...(broker ? clients('client', PORTS.client, name, answers) : []),
    ...(outside === undefined ? [] : clients('external', PORTS.external, outside, answers)),
  ];
}

/** For brokers and controllers alone. */
const peers = (listener: string, port: number, name: string): EndpointExpectation[] => [
  certificate(listener, port, name, PEERS_CA, ['pkix']),
  { kind: 'exchange', name: `${listener}-peers-only`, port, serverName: name, ...apiVersions, expected: 'refusal' },
];

/** For everyone; who asks for more than this question must log in. */
function clients(
  listener: string,
  port: number,
  name: string,
  { clients: { login } }: KafkaAnswers,
): EndpointExpectation[] {
  const exchange = { kind: 'exchange', port, serverName: name } as const;
  const proof = certificate(listener, port, name, CLIENT_CA, ANYONE);
  if (login === 'certificate')
    return [proof, { ...exchange, name: `${listener}-certificates-only`, ...apiVersions, expected: 'refusal' }];
  const { said, means } = NOBODY[login];
  const refused = refusedLogin(MECHANISM[login], said);
  return [
    proof,
    { ...exchange, name: `${listener}-protocol`, ...apiVersions, expected: 'answer' },
    { ...exchange, name: `${listener}-login`, ...refused, means, expected: 'answer' },
  ];
}

/** Logins that cannot be right: the start takes no password with a space (RFC 4616, 2; RFC 5802, 7). */
const NOBODY = {
  plain: { said: `\0${ADMIN}\0not the password`, means: 'refuses a wrong password' },
  scram: { said: 'n,,n=nobody at all,r=bundle', means: 'refuses a user whom it does not know' },
} as const;

/**
 * What clients are written in, nobody knows here: librdkafka, and kcat and Python on it, verify by OpenSSL, which takes
 * an intermediate without its root for no proof (openssl#7871, librdkafka#1814; run with OpenSSL 3:
 * test/programs/init/authority-clients.test.ts).
 */
const ANYONE: readonly TlsClients[] = ['openssl', 'pkix'];

const certificate = (
  listener: string,
  port: number,
  name: string,
  authority: SecretPart,
  clients: readonly TlsClients[],
): EndpointExpectation => ({ kind: 'tls', name: `${listener}-tls`, port, names: [name], authority, clients });
