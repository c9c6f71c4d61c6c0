import { certificateAuthorityWithChain, kinds } from '../../secrets/index.ts';
import { LEAF_DEFAULTS, LEAF_RENEWAL_DAYS } from '../../secrets/leaf.ts';
import type { SecretMount } from '../../src/sdk/compose.ts';
import type { SecretNeed, SecretPart } from '../../src/sdk/definition.ts';
import type { KafkaAnswers } from './answers.ts';
import type { Broker } from './brokers.ts';

/** The CA of what clients see, and the brokers' own, by which they and their controllers trust each other. */
export const CLIENT_CA: SecretPart = { secret: 'ca', part: 'certificate' };
export const PEERS_CA: SecretPart = { secret: 'peers-ca', part: 'certificate' };
/** Files in `secrets/`, and keys of the document's secrets. */
export const CLIENT_CA_FILE = 'kafka-ca.crt';
export const PEERS_CA_FILE = 'kafka-peers-ca.crt';
export const ADMIN_PASSWORD_FILE = 'kafka-admin-password';

const AUTHORITY = { keyBits: 3072, days: 3650 };

/** The secrets of these answers. No service mounts a CA's key, so it does not reach the swarm. */
export function secretNeeds(stack: string, answers: KafkaAnswers, brokers: readonly Broker[]): SecretNeed[] {
  return [
    {
      secret: CLIENT_CA.secret,
      kind: certificateAuthorityWithChain,
      options: { subject: `${stack} Kafka CA`, ...AUTHORITY },
      files: { certificate: CLIENT_CA_FILE, key: 'kafka-ca.key' },
      inputs: { certificate: 'caCertificate', key: 'caKey' },
      mustBeGiven: answers.tls.ca === 'files',
      purpose: 'clients trust the brokers by it',
    },
    {
      secret: PEERS_CA.secret,
      kind: kinds.certificateAuthority,
      options: { subject: `${stack} Kafka peers CA`, ...AUTHORITY },
      files: { certificate: PEERS_CA_FILE, key: 'kafka-peers-ca.key' },
      inputs: {},
      mustBeGiven: false,
      purpose: 'brokers and controllers let in whom it signed, and it signs nobody else',
    },
    {
      secret: 'admin-password',
      kind: kinds.password,
      options: {},
      files: { password: ADMIN_PASSWORD_FILE },
      inputs: {},
      mustBeGiven: false,
      purpose: 'password of the user admin, who may do everything',
    },
    ...brokers.flatMap((broker) => leaves(broker)),
  ];
}

function leaves({ name, outside }: Broker): SecretNeed[] {
  const leaf = (secret: string, by: string, names: readonly string[], purpose: string): SecretNeed => ({
    secret,
    kind: kinds.leafPemStore,
    // The subject of a peer is its principal: CN=kafka-1.
    options: { ...LEAF_DEFAULTS, subject: name, names, key: 'ec-p256' },
    files: { keystore: `${secret}.pem`, certificate: `${secret}.crt` },
    inputs: {},
    mustBeGiven: false,
    purpose,
    issued: { by, renewalDays: LEAF_RENEWAL_DAYS },
  });
  const names = [name, ...(outside === undefined ? [] : [outside])];
  return [
    leaf(name, CLIENT_CA.secret, names, `what clients see of ${name}`),
    leaf(peerOf(name), PEERS_CA.secret, [name], `by which ${name} proves itself to brokers and controllers`),
  ];
}

const peerOf = (broker: string): string => `${broker}-peer`;

/** In the container, below /run/secrets. */
export const TARGETS = {
  client: 'client.pem',
  peer: 'peer.pem',
  clientCa: 'ca.crt',
  peersCa: 'peers-ca.crt',
  password: 'admin-password',
} as const;

/** Of the image's user `appuser`, and readable by it alone. */
const OWNER = { uid: '1000', gid: '1000', mode: 0o400 };

/** A broker's own: neither another broker's nor the key of a CA. */
export function mountsOf({ name }: Broker): SecretMount[] {
  return [
    { source: `${name}.pem`, target: TARGETS.client, ...OWNER },
    { source: `${peerOf(name)}.pem`, target: TARGETS.peer, ...OWNER },
    { source: CLIENT_CA_FILE, target: TARGETS.clientCa, ...OWNER },
    { source: PEERS_CA_FILE, target: TARGETS.peersCa, ...OWNER },
    { source: ADMIN_PASSWORD_FILE, target: TARGETS.password, ...OWNER },
  ];
}

/** What a broker may never mount. */
export function forbidden(broker: Broker, brokers: readonly Broker[]): SecretPart[] {
  const others = brokers.filter(({ name }) => name !== broker.name).flatMap(({ name }) => [name, peerOf(name)]);
  return [
    ...[CLIENT_CA, PEERS_CA].map(({ secret }) => ({ secret, part: 'key' })),
    ...others.map((secret) => ({ secret, part: 'keystore' })),
  ];
}
