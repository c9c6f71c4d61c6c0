import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from '../../scripts/lab/lab.ts';
import { issue } from './certificates.ts';

/** Its own connections come from these ports, so that they are not turned back to it. */
const OWN_PORTS = { first: 20_000, last: 20_999 };
const LISTENS = 19_999;

/** What it runs: ends TLS with a certificate of its own, and hands on what is inside, over TLS again. */
const PROGRAM = `
const tls = require('node:tls');
let given = '', next = ${OWN_PORTS.first};
process.stdin.on('data', (text) => (given += text)).on('end', () => {
  const { certificate, key, host, port } = JSON.parse(given);
  const server = tls.createServer({ cert: certificate, key }, (client) => {
    const localPort = next++ < ${OWN_PORTS.last} ? next : (next = ${OWN_PORTS.first});
    const real = tls.connect({ host, port, localPort, rejectUnauthorized: false });
    for (const [one, other] of [[client, real], [real, client]])
      one.on('error', () => other.destroy()).on('close', () => other.destroy()).pipe(other);
  });
  server.on('tlsClientError', () => undefined).listen(${LISTENS}, () => console.log('listening'));
});
`;

/**
 * A proxy that intercepts TLS between who asks from the lab's switch and one port of a node, as firewalls of companies
 * do: connections there are turned to it on their way.
 * @returns takes it away
 */
export async function interceptTls(lab: Lab, host: string, port: number, names: string): Promise<() => Promise<void>> {
  const to = lab.host(host).address;
  const stop = await serveOnSwitch(lab, PROGRAM, { ...issue(names), host: to, port });
  const own = `${OWN_PORTS.first}:${OWN_PORTS.last}`;
  const rule = [
    ...['OUTPUT', '-p', 'tcp', '-d', to, '--dport', String(port), '!', '--sport', own],
    ...['-j', 'REDIRECT', '--to-ports', String(LISTENS)],
  ];
  await lab.exec('switch', ['iptables', '-t', 'nat', '-A', ...rule]);
  return async () => {
    await lab.exec('switch', ['iptables', '-t', 'nat', '-D', ...rule]);
    await stop();
  };
}

/** An HTTPS server that is none of the stack's, on a port of the switch's own addresses. @returns stops it */
export const strangerOn = (lab: Lab, port: number): Promise<() => Promise<void>> =>
  serveOnSwitch(lab, STRANGER, { ...issue('DNS:localhost'), port });

const STRANGER = `
let given = '';
process.stdin.on('data', (text) => (given += text)).on('end', () => {
  const { certificate, key, port } = JSON.parse(given);
  require('node:https').createServer({ cert: certificate, key }, (_request, response) => response.end('hello'))
    .listen(port, () => console.log('listening'));
});`;

/**
 * Runs a program on the switch until it is stopped; it reads what is given as JSON. Resolves when it prints that it is
 * `listening`.
 * @param onLine called with each further line that it prints
 * @returns stops it
 */
export async function serveOnSwitch(
  lab: Lab,
  program: string,
  given: object,
  onLine: (line: string) => void = () => undefined,
): Promise<() => Promise<void>> {
  const stop = new AbortController();
  let listening = false;
  let ended = false;
  const running = lab
    .exec('switch', [process.execPath, '-e', program], {
      input: JSON.stringify(given),
      signal: stop.signal,
      check: false,
      onLine: (line) => (line === 'listening' ? (listening = true) : onLine(line)),
    })
    .catch(() => undefined)
    .finally(() => (ended = true));
  while (!listening && !ended) await pause(50);
  if (ended) throw new Error('the program on the switch ended at once');
  return async () => {
    stop.abort();
    await running;
  };
}
