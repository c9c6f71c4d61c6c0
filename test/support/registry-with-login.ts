import type { Lab } from '../../scripts/lab/lab.ts';
import { serveOnSwitch } from './intercepting-proxy.ts';

const LISTENS = 5001;

/** What it runs: hands on to the registry what comes with the log-in, and prints of each request who asked. */
const PROGRAM = `
const http = require('node:http');
let given = '';
process.stdin.on('data', (text) => (given += text)).on('end', () => {
  const { host, port, login, listens } = JSON.parse(given);
  const wanted = 'Basic ' + Buffer.from(login).toString('base64');
  http.createServer((asked, answer) => {
    const { authorization, ...headers } = asked.headers;
    const known = authorization === wanted;
    console.log([asked.socket.remoteAddress.replace('::ffff:', ''), known ? 'in' : 'out', asked.url].join(' '));
    if (!known) {
      answer.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
      answer.writeHead(401, { 'WWW-Authenticate': 'Basic realm="lab"', 'Content-Type': 'application/json' });
      answer.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      return;
    }
    const real = http.request({ host, port, method: asked.method, path: asked.url, headers }, (said) => {
      answer.writeHead(said.statusCode, said.headers);
      said.pipe(answer);
    });
    real.on('error', () => answer.destroy());
    asked.pipe(real);
  }).listen(listens, () => console.log('listening'));
});`;

/** The lab's registry by another address, where it asks for a log-in. */
export interface RegistryWithLogin {
  /** `ADDRESS:PORT`, as image names use it. */
  registry: string;
  /** The text of a docker CLI's config.json that has the log-in. */
  config: string;
  /** Whether a host has read a manifest there, logged in, since it was last asked about. */
  gaveTo: (host: string) => boolean;
  stop: () => Promise<void>;
}

/** Starts it on the lab's switch. */
export async function registryWithLogin(lab: Lab): Promise<RegistryWithLogin> {
  const [host = '', port = ''] = lab.registry.split(':');
  const login = 'puller:only for pulls';
  let lines: string[] = [];
  const stop = await serveOnSwitch(lab, PROGRAM, { host, port: Number(port), login, listens: LISTENS }, (line) =>
    lines.push(line),
  );
  const registry = `${host}:${LISTENS}`;
  return {
    registry,
    config: JSON.stringify({ auths: { [registry]: { auth: Buffer.from(login).toString('base64') } } }),
    gaveTo: (name) => {
      const asked = lines;
      lines = [];
      return asked.some((line) => line.startsWith(`${lab.host(name).address} in `) && line.includes('/manifests/'));
    },
    stop,
  };
}
