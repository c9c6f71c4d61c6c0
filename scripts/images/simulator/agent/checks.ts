/**
 * An agent needs the store and ZooKeeper as much as the manager does: looks whether they answer. What it finds is
 * reported, not fatal.
 */
import { connect } from 'node:net';
import type { Welcome } from '../common/registration.ts';

const TIMEOUT_MS = 3000;

type Endpoint = Readonly<{ host: string; port: number }>;

/** Each by name: `ok`, or why not. */
export async function checkSurroundings({ store, zookeeper }: Welcome): Promise<Record<string, string>> {
  const all = [
    // MySQL speaks first, PostgreSQL waits: that a connection opens must do.
    ask('store', store, undefined, () => undefined),
    ...zookeeper.map((server) => ask(`zookeeper ${server.host}:${server.port}`, server, 'srvr', noMode)),
  ];
  return Object.fromEntries(await Promise.all(all));
}

function noMode(answer: string): string | undefined {
  return /^Mode: \w+/m.test(answer) ? undefined : `srvr is answered with '${answer.trim().slice(0, 80)}'`;
}

function ask(
  name: string,
  { host, port }: Endpoint,
  question: string | undefined,
  fault: (answer: string) => string | undefined,
): Promise<[string, string]> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ host, port });
    const end = (result: string): void => {
      socket.destroy();
      resolve([name, result]);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(`no answer within ${TIMEOUT_MS} ms`));
    socket.on('error', (error) => end(error.message));
    socket.on('connect', () => (question === undefined ? end('ok') : socket.write(question)));
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    socket.on('end', () => end(fault(said) ?? 'ok'));
  });
}
