/**
 * A ZooKeeper client, as much of it as a test needs: one session that moves to another server when its own goes away, and one write at a time, each
 * repeated until it is acknowledged. `zookeeper-writer.mjs PATH SESSION_MS HOST:PORT …` writes a growing number to PATH every 100 ms until it is told
 * `stop` on standard input, then prints what it saw as one line of JSON. A lost session, a refused write or a number that is not the last one
 * acknowledged end it with code 1.
 *
 * The wire format is Jute's (zookeeper.jute, ClientCnxn.java): big-endian, strings and buffers with a length before them.
 */
import { connect } from 'node:net';
import { livedTime } from './lived-time.mjs';

const [path, sessionMs, ...servers] = process.argv.slice(2);
const SESSION_MS = Number(sessionMs);
const EVERY_MS = 100;
/** Where a server does not even refuse. */
const CONNECT_MS = 1_000;
const CREATE = 1;
const GET = 4;
const SET = 5;
const PING = 11;
const NODE_EXISTS = -110;

const pause = (ms) => new Promise((go) => setTimeout(go, ms));
const int = (value) => {
  const b = Buffer.alloc(4);
  b.writeInt32BE(value);
  return b;
};
const long = (value) => {
  const b = Buffer.alloc(8);
  b.writeBigInt64BE(value);
  return b;
};
const bytes = (value) => Buffer.concat([int(value.length), value]);
const text = (value) => bytes(Buffer.from(value));
/** Everyone may do everything. */
const OPEN_ACL = Buffer.concat([int(1), int(31), text('world'), text('anyone')]);

let session = { id: 0n, password: Buffer.alloc(16) };
let zxid = 0n;
let next = 0;
let socket;
let xid = 0;
const moves = [];

/** One frame of the answers, or the reason why there is none. */
function frames(stream) {
  let buffer = Buffer.alloc(0);
  const queue = [];
  let wake;
  let broken;
  stream.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 4 && buffer.length >= 4 + buffer.readInt32BE(0)) {
      queue.push(buffer.subarray(4, 4 + buffer.readInt32BE(0)));
      buffer = buffer.subarray(4 + buffer.readInt32BE(0));
    }
    wake?.();
  });
  const end = (why) => () => {
    broken ??= new Error(why);
    wake?.();
  };
  stream.on('error', end('broken'));
  stream.on('close', end('closed'));
  return async () => {
    while (queue.length === 0) {
      if (broken !== undefined) throw broken;
      await new Promise((go) => {
        wake = go;
      });
    }
    return queue.shift();
  };
}

/** A connection to the next server that takes the session. @throws Error where it does not, or is not there */
async function open() {
  const server = servers[next++ % servers.length];
  const [host, port] = server.split(':');
  const stream = connect({ host, port: Number(port) });
  const read = frames(stream);
  const timer = setTimeout(() => stream.destroy(), CONNECT_MS);
  try {
    stream.write(
      bytes(
        Buffer.concat([
          int(0),
          long(zxid),
          int(SESSION_MS),
          long(session.id),
          bytes(session.password),
          Buffer.from([0]),
        ]),
      ),
    );
    const answer = await read();
    if (answer.readInt32BE(4) <= 0) throw Object.assign(new Error('the session has expired'), { fatal: true });
    const length = answer.readInt32BE(16);
    session = { id: answer.readBigInt64BE(8), password: Buffer.from(answer.subarray(20, 20 + length)) };
    moves.push(server);
    return { stream, read };
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** One request, repeated over servers until it is answered. @returns the answer's code and body */
async function ask(type, body) {
  for (;;) {
    try {
      socket ??= await open();
      const mine = ++xid;
      const timer = setTimeout(() => socket?.stream.destroy(), SESSION_MS / 3);
      try {
        socket.stream.write(bytes(Buffer.concat([int(mine), int(type), body])));
        for (;;) {
          const answer = await socket.read();
          if (answer.readInt32BE(0) !== mine) continue;
          zxid = answer.readBigInt64BE(4) > zxid ? answer.readBigInt64BE(4) : zxid;
          return { code: answer.readInt32BE(12), body: answer.subarray(16) };
        }
      } finally {
        clearTimeout(timer);
      }
    } catch (error) {
      socket?.stream.destroy();
      socket = undefined;
      if (error.fatal) throw error;
      await pause(50);
    }
  }
}

const acked = [];
let stopping = false;
process.stdin.on('data', (chunk) => {
  if (String(chunk).includes('stop')) stopping = true;
});
process.stdin.on('end', () => {
  stopping = true;
});

async function read() {
  const { code, body } = await ask(GET, Buffer.concat([text(path), Buffer.from([0])]));
  if (code !== 0) throw new Error(`read refused: ${code}`);
  return body.subarray(4, 4 + body.readInt32BE(0)).toString();
}

/** By a clock that nobody sets meanwhile. */
const now = () => performance.timeOrigin + performance.now();
/** For gaps: what this machine stood still is none of the servers' doing. */
const lived = livedTime();
setInterval(lived, 50).unref();

async function run() {
  const made = await ask(CREATE, Buffer.concat([text(path), text('0'), OPEN_ACL, int(0)]));
  if (made.code !== 0 && made.code !== NODE_EXISTS) throw new Error(`create refused: ${made.code}`);
  const first = Number(await read());
  const sessionId = session.id;
  const started = now();
  const begun = lived();
  process.stdout.write('writing\n');
  let number = first;
  while (!stopping) {
    number += 1;
    const { code } = await ask(SET, Buffer.concat([text(path), text(String(number)), int(-1)]));
    if (code !== 0) throw new Error(`write ${number} refused: ${code}`);
    acked.push({ at: now(), lived: lived() });
    const due = started + acked.length * EVERY_MS;
    await pause(Math.max(0, Math.min(EVERY_MS, due - now())));
  }
  const last = Number(await read());
  if (last !== number) throw new Error(`read ${last}, but ${number} was acknowledged`);
  if (session.id !== sessionId) throw new Error('another session');
  let longest = { ms: 0, at: 0 };
  acked.forEach((write, index) => {
    const ms = write.lived - (acked[index - 1]?.lived ?? begun);
    if (ms > longest.ms) longest = { ms, at: write.at - ms };
  });
  process.stdout.write(
    `${JSON.stringify({ first, last, writes: acked.length, seconds: (now() - started) / 1000, longestGapMs: longest.ms, longestGapAt: new Date(longest.at).toISOString(), servers: moves })}\n`,
  );
  socket?.stream.destroy();
}

// A session lives as long as something is heard of it; writes are enough, and pings where one waits.
setInterval(() => socket?.stream.write(bytes(Buffer.concat([int(-2), int(PING)]))), SESSION_MS / 4).unref();
run().then(
  () => process.exit(0),
  (error) => {
    process.stdout.write(`${JSON.stringify({ error: error.message, writes: acked.length, servers: moves })}\n`);
    process.exit(1);
  },
);
