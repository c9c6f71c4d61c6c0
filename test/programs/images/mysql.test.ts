import { createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openMysql } from '../../../scripts/images/simulator/manager/mysql.ts';
import type { StoreSettings } from '../../../scripts/images/simulator/manager/store-settings.ts';
import { Bench } from '../../unit/images/support.ts';

const NONCE = Buffer.from('12345678abcdefghijkl');
const PASSWORD = 'p@ss w0rd';
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0]);

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.create();
});
afterAll(() => bench.close());

const settings = (port: number, changes: Partial<StoreSettings> = {}): StoreSettings => ({
  type: 'mysql',
  host: '127.0.0.1',
  port,
  user: 'imply',
  password: PASSWORD,
  database: 'imply_manager',
  tls: true,
  ...changes,
});

it('logs in by proof where the server knows the password, and finds the database', async () => {
  const port = await bench.store((socket) => server(socket, { remembers: true, databases: ['imply_manager'] }));
  expect(await openMysql(settings(port))).toMatch(/MySQL 8\.4\.0, logged in as imply, database imply_manager found/);
});

it('sends the password under the server’s key where it does not, and makes the database', async () => {
  const port = await bench.store((socket) => server(socket, { remembers: false, databases: [] }));
  expect(await openMysql(settings(port))).toMatch(/database imply_manager created/);
});

it('says in the server’s words why not', async () => {
  const port = await bench.store((socket) => server(socket, { remembers: true, databases: [] }));
  const refused = openMysql(settings(port, { password: 'another one' }));
  await expect(refused).rejects.toThrow(/MySQL error 1045: Access denied/);
  await expect(refused).rejects.not.toThrow(/another one/);
});

it('does not take anything for a MySQL', async () => {
  const port = await bench.store((socket) => socket.end(packet(0, Buffer.from('SSH-2.0-something'))));
  await expect(openMysql(settings(port))).rejects.toThrow(/no MySQL/);
  const gone = await bench.store((socket) => socket.end());
  await expect(openMysql(settings(gone))).rejects.toThrow(/closed the connection/);
});

it('gives up on a server that leaves the TLS handshake unanswered', async () => {
  const port = await bench.store((socket) => {
    socket.on('error', () => undefined).on('data', () => undefined);
    socket.write(packet(0, greeting(0x800)));
  });
  await expect(openMysql(settings(port))).rejects.toThrow(/no answer within 5000 ms/);
}, 20_000);

/** A MySQL server, as far as logging in and choosing a database go. */
function server(socket: Socket, { remembers, databases }: { remembers: boolean; databases: string[] }): void {
  const answers = conversation(remembers, databases);
  socket.on('error', () => undefined);
  socket.write(packet(0, greeting()));
  answers.next();
  socket.on('data', (data) => {
    const content = data.subarray(4);
    for (const [index, answer] of (answers.next(content).value ?? []).entries())
      socket.write(packet(data.readUInt8(3) + 1 + index, answer));
  });
}

function* conversation(remembers: boolean, databases: string[]): Generator<Buffer[], undefined, Buffer> {
  const login = yield [];
  const start = login.indexOf(0, 32) + 1;
  const proof = login.subarray(start + 1, start + 1 + login.readUInt8(start));
  if (remembers) {
    if (!proof.equals(scramble(PASSWORD))) return yield* forever([failure(1045, 'Access denied for user')]);
  } else {
    yield [Buffer.from([1, 4])];
    const masked = yield [Buffer.concat([Buffer.from([1]), Buffer.from(keys.publicKey)])];
    const password = privateDecrypt(keys.privateKey, masked).map(
      (byte, index) => byte ^ NONCE.readUInt8(index % NONCE.length),
    );
    if (password.toString() !== `${PASSWORD}\0`) return yield* forever([failure(1045, 'Access denied for user')]);
  }
  for (let answer: Buffer[] = remembers ? [Buffer.from([1, 3]), OK] : [OK]; ;) {
    const command = yield answer;
    const text = command.toString('utf8', 1);
    if (command[0] === 3) databases.push(/`(.*)`/.exec(text)?.[1] ?? '');
    answer = command[0] === 2 && !databases.includes(text) ? [failure(1049, 'Unknown database')] : [OK];
  }
}

function* forever(answer: Buffer[]): Generator<Buffer[], undefined, Buffer> {
  for (;;) yield answer;
}

/** @param more capabilities: 0x800 is TLS */
function greeting(more = 0): Buffer {
  const capabilities = 0x1 | 0x200 | 0x2000 | 0x8000 | 0x80000 | more;
  const fixed = Buffer.alloc(19);
  fixed.writeUInt16LE(capabilities & 0xffff, 1);
  fixed.writeUInt16LE(capabilities >>> 16, 6);
  fixed.writeUInt8(21, 8);
  return Buffer.concat([
    Buffer.from('\x0a8.4.0\0\x01\0\0\0', 'latin1'),
    NONCE.subarray(0, 8),
    fixed,
    NONCE.subarray(8),
    Buffer.from('\0caching_sha2_password\0'),
  ]);
}

function scramble(password: string): Buffer {
  const sha = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  const once = sha(Buffer.from(password));
  const mask = sha(sha(once), NONCE);
  return Buffer.from(once.map((byte, index) => byte ^ mask.readUInt8(index)));
}

function failure(code: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, code & 0xff, code >> 8]), Buffer.from(`#28000${text}`)]);
}

function packet(sequence: number, content: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(content.length, 0, 3);
  header.writeUInt8(sequence, 3);
  return Buffer.concat([header, content]);
}
