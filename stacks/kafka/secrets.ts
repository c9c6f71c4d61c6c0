import { certificateAuthorityWithChain, kinds, passwordOfWord } from '../../secrets/index.ts';
import type { SecretMount } from '../../src/sdk/compose.ts';
import type { SecretNeed, SecretPart } from '../../src/sdk/definition.ts';
import { leafTimes, type LeafTimes } from '../common/certificates.ts';
import type { KafkaAnswers } from './answers.ts';
import { volumeOf, type Member } from './members.ts';
import { ADMIN } from './answers.ts';

/** The CA of what clients see, and the brokers' own, by which they and their controllers trust each other. */
export const CLIENT_CA: SecretPart = { secret: 'ca', part: 'certificate' };
export const PEERS_CA: SecretPart = { secret: 'peers-ca', part: 'certificate' };
/** Files in `secrets/`, and keys of the document's secrets. */
export const CLIENT_CA_FILE = 'kafka-ca.crt';
export const PEERS_CA_FILE = 'kafka-peers-ca.crt';
export const PEERS_CA_KEY_FILE = 'kafka-peers-ca.key';
export const ADMIN_PASSWORD_FILE = 'kafka-admin-password';
/** Without its ending. */
export const ADMIN_STORE = 'kafka-admin';

const AUTHORITY = { keyBits: 3072, days: 3650 };

/** The secrets of these answers. No service mounts a CA's key, so it does not reach the swarm. */
export function secretNeeds(stack: string, answers: KafkaAnswers, members: readonly Member[]): SecretNeed[] {
  const { login, users } = answers.clients;
  const times = leafTimes(answers.tls.certificates);
  // A record of the cluster's metadata, made when a controller formats its volume (start.ts).
  const controllers = members.filter(({ controller }) => controller);
  const admin: SecretNeed = {
    secret: 'admin-password',
    // The start (start.ts) refuses any other: it puts it into settings, and into a file of arguments.
    kind: passwordOfWord,
    options: {},
    files: { password: ADMIN_PASSWORD_FILE },
    inputs: {},
    mustBeGiven: false,
    purpose: 'password of the user admin, who may do everything',
    elsewhere: needsPassword(ADMIN),
  };
  return [
    {
      secret: CLIENT_CA.secret,
      kind: certificateAuthorityWithChain,
      options: { subject: `${stack} Kafka CA`, ...AUTHORITY },
      files: { certificate: CLIENT_CA_FILE, key: 'kafka-ca.key' },
      inputs: { certificate: 'caCertificate', key: 'caKey' },
      mustBeGiven: answers.tls.ca === 'files',
      purpose: 'clients trust the brokers by it',
      elsewhere:
        'clients that trust the present CA alone refuse each broker that has restarted: hand them both CAs before ' +
        `\`bundle deploy\`${
          login === 'certificate'
            ? '; such a broker refuses certificates of the present CA, so that clients need new ones by then'
            : ''
        } (README.md of the bundle, “Another CA of the clients”)`,
    },
    {
      secret: PEERS_CA.secret,
      kind: kinds.certificateAuthority,
      options: { subject: `${stack} Kafka peers CA`, ...AUTHORITY },
      files: { certificate: PEERS_CA_FILE, key: PEERS_CA_KEY_FILE },
      inputs: {},
      mustBeGiven: false,
      purpose:
        login === 'certificate'
          ? 'brokers and controllers let in whom it signed: each other and the administrator'
          : 'brokers and controllers let in whom it signed, and it signs nobody else',
    },
    ...(login === 'certificate'
      ? [ofClient(ADMIN, PEERS_CA.secret, 'by which the administrator may do everything', times)]
      : [{ ...admin, ...(login === 'scram' && { keptIn: controllers.map(({ name }) => volumeOf(name)) }) }]),
    ...users.map((user) =>
      login === 'certificate'
        ? ofClient(user, CLIENT_CA.secret, `by which ${user} logs in`, times)
        : {
            ...admin,
            secret: userOf(user),
            files: { password: userFile(user) },
            purpose: `password of the user ${user}`,
            elsewhere: needsPassword(user),
          },
    ),
    ...members.flatMap((member) => leaves(member, times)),
  ];
}

const needsPassword = (user: string): string => `whoever logs in as ${user} needs the new password`;

const userOf = (user: string): string => `user-${user}`;
/** File in `secrets/` with a user's certificate and key, without its ending. */
export const userStore = (user: string): string => `kafka-user-${user}`;
/** File in `secrets/` with a user's password. */
export const userFile = (user: string): string => `kafka-user-${user}`;

function leaf(
  secret: string,
  by: string,
  { subject, names, file = secret }: { subject: string; names: readonly string[]; file?: string },
  purpose: string,
  { renewalDays, ...times }: LeafTimes,
): SecretNeed {
  return {
    secret,
    kind: kinds.leafPemStore,
    // The subject of a peer is its principal: CN=kafka-1.
    options: { ...times, subject, names, key: 'ec-p256' },
    files: { keystore: `${file}.pem`, certificate: `${file}.crt` },
    inputs: {},
    mustBeGiven: false,
    purpose,
    issued: { by, renewalDays },
  };
}

/** Nobody dials it, so that it proves no server. No service mounts it: it stays in `secrets/`. */
function ofClient(user: string, by: string, purpose: string, times: LeafTimes): SecretNeed {
  const [secret, file] = user === ADMIN ? [ADMIN, ADMIN_STORE] : [userOf(user), userStore(user)];
  return {
    ...leaf(secret, by, { subject: user, names: [], file }, purpose, times),
    elsewhere: `whoever logs in as ${user} needs the new certificate with its key`,
  };
}

function leaves({ name, outside, broker }: Member, times: LeafTimes): SecretNeed[] {
  const names = [name, ...(outside === undefined ? [] : [outside])];
  return [
    ...(broker ? [leaf(name, CLIENT_CA.secret, { subject: name, names }, `what clients see of ${name}`, times)] : []),
    leaf(
      peerOf(name),
      PEERS_CA.secret,
      { subject: name, names: [name] },
      `by which ${name} proves itself to brokers and controllers`,
      times,
    ),
  ];
}

const peerOf = (member: string): string => `${member}-peer`;

/** In the container, below /run/secrets. */
export const TARGETS = {
  client: 'client.pem',
  peer: 'peer.pem',
  clientCa: 'ca.crt',
  peersCa: 'peers-ca.crt',
  password: 'admin-password',
} as const;

/** A user's password, in the container. */
export const userTarget = (user: string): string => `users/${user}`;

/** Of the image's user `appuser`, and readable by it alone. */
const OWNER = { uid: '1000', gid: '1000', mode: 0o400 };

/**
 * A member's own: neither another member's nor the key of a CA. A controller apart makes the user admin, and knows
 * nothing of clients.
 */
export function mountsOf({ name, broker }: Member, { clients: { login, users } }: KafkaAnswers): SecretMount[] {
  const password = login === 'scram' || (broker && login === 'plain');
  const mounts = [
    ...(broker ? [[`${name}.pem`, TARGETS.client]] : []),
    [`${peerOf(name)}.pem`, TARGETS.peer],
    ...(broker ? [[CLIENT_CA_FILE, TARGETS.clientCa]] : []),
    [PEERS_CA_FILE, TARGETS.peersCa],
    ...(password ? [[ADMIN_PASSWORD_FILE, TARGETS.password]] : []),
    ...(broker && login === 'plain' ? users.map((user) => [userFile(user), userTarget(user)]) : []),
  ];
  return mounts.map(([source = '', target = '']) => ({ source, target, ...OWNER }));
}

/** What a member may never mount. */
export function forbidden(member: Member, members: readonly Member[], { clients }: KafkaAnswers): SecretPart[] {
  const keystores = (names: readonly string[]): SecretPart[] => names.map((secret) => ({ secret, part: 'keystore' }));
  const others = members.filter(({ name }) => name !== member.name);
  const handedOut = clients.login === 'certificate' ? [ADMIN, ...clients.users.map(userOf)] : [];
  return [
    ...[CLIENT_CA, PEERS_CA].map(({ secret }) => ({ secret, part: 'key' })),
    ...keystores(others.flatMap(({ name, broker }) => (broker ? [name, peerOf(name)] : [peerOf(name)]))),
    ...keystores(handedOut),
  ];
}
