/** MySQL's greeting and login, with the plugins that its servers have for passwords. */
import { constants, createHash, publicEncrypt } from 'node:crypto';
import { type MysqlConnection, serverError } from './mysql-packets.ts';

const CAPABILITY = {
  longPassword: 0x1,
  protocol41: 0x200,
  ssl: 0x800,
  transactions: 0x2000,
  secureConnection: 0x8000,
  pluginAuth: 0x80000,
};
const MAX_PACKET = 1 << 24;
const UTF8MB4 = 45;

export interface Greeting {
  version: string;
  nonce: Buffer;
  plugin: string;
  ssl: boolean;
}

/** What the server says first. @throws Error when it refuses, or is no MySQL. */
export function parseGreeting(packet: Buffer): Greeting {
  if (packet[0] === 0xff) throw new Error(serverError(packet).text);
  if (packet[0] !== 10) throw new Error('what answers there is no MySQL');
  const versionEnd = packet.indexOf(0, 1);
  const rest = packet.subarray(versionEnd + 5);
  const nonceLength = Math.max(13, rest.readUInt8(16) - 8);
  const plugin = rest.subarray(27 + nonceLength);
  return {
    version: packet.toString('latin1', 1, versionEnd),
    // A zero byte ends the second part.
    nonce: Buffer.concat([rest.subarray(0, 8), rest.subarray(27, 27 + nonceLength - 1)]),
    plugin: plugin.toString('latin1', 0, plugin.indexOf(0)),
    ssl: (rest.readUInt16LE(9) & CAPABILITY.ssl) !== 0,
  };
}

/** Logs in, over TLS when the server offers it. @returns whether it was TLS. @throws Error when the server refuses. */
export async function authenticate(
  connection: MysqlConnection,
  greeting: Greeting,
  login: { user: string; password: string; tls: boolean },
): Promise<boolean> {
  const encrypted = greeting.ssl && login.tls;
  const head = Buffer.alloc(32);
  const { longPassword, protocol41, ssl, transactions, secureConnection, pluginAuth } = CAPABILITY;
  head.writeUInt32LE(
    longPassword | protocol41 | transactions | secureConnection | pluginAuth | (encrypted ? ssl : 0),
    0,
  );
  head.writeUInt32LE(MAX_PACKET, 4);
  head.writeUInt8(UTF8MB4, 8);
  if (encrypted) {
    connection.write(head);
    await connection.encrypt();
  }
  let { plugin, nonce } = greeting;
  const proof = scramble(plugin, login.password, nonce);
  connection.write(Buffer.concat([head, text(login.user), Buffer.from([proof.length]), proof, text(plugin)]));
  for (;;) {
    const answer = await connection.read();
    if (answer[0] === 0x00) return encrypted;
    if (answer[0] === 0xff) throw new Error(serverError(answer).text);
    if (answer[0] === 0xfe) {
      const end = answer.indexOf(0, 1);
      plugin = answer.toString('latin1', 1, end);
      nonce = answer.subarray(end + 1, end + 21);
      connection.write(scramble(plugin, login.password, nonce));
    } else if (answer[1] === 0x04) {
      // The server does not know this user's password yet: it wants it whole, over TLS or under its public key.
      connection.write(encrypted ? text(login.password) : await underServersKey(connection, login.password, nonce));
    }
  }
}

async function underServersKey(connection: MysqlConnection, password: string, nonce: Buffer): Promise<Buffer> {
  connection.write(Buffer.from([2]));
  const key = (await connection.read()).subarray(1).toString('latin1');
  const masked = xor(text(password), nonce);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, masked);
}

function scramble(plugin: string, password: string, nonce: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0);
  const algorithm = { caching_sha2_password: 'sha256', mysql_native_password: 'sha1' }[plugin];
  if (algorithm === undefined)
    throw new Error(`the server wants the plugin ${plugin}, which this simulator does not know`);
  const hash = (...parts: Buffer[]): Buffer => createHash(algorithm).update(Buffer.concat(parts)).digest();
  const once = hash(Buffer.from(password));
  const twice = hash(once);
  return xor(once, algorithm === 'sha1' ? hash(nonce, twice) : hash(twice, nonce));
}

function xor(data: Buffer, mask: Buffer): Buffer {
  return Buffer.from(data.map((byte, index) => byte ^ mask.readUInt8(index % mask.length)));
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
