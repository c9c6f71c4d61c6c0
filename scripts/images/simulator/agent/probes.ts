/** Asking an agent's own services whether they are up, as its list of probes says. */
import { readFileSync } from 'node:fs';
import { get as httpGet, type RequestOptions } from 'node:http';
import { get as httpsGet } from 'node:https';
import { probeFile } from './services.ts';

/** False also when there is no list: then there are no services. */
export async function servicesAreUp(stateRoot: string): Promise<boolean> {
  let lines: string[];
  try {
    lines = readFileSync(probeFile(stateRoot), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return false;
  }
  const results = await Promise.all(
    lines.map((line) => {
      const [scheme = '', host = '', port = '', path = ''] = line.split(' ');
      return isUp(scheme, { host, port, path, timeout: 3000 });
    }),
  );
  return results.every(Boolean);
}

function isUp(scheme: string, options: RequestOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const onAnswer = (answer: { statusCode?: number | undefined; resume(): void }): void => {
      answer.resume();
      resolve(answer.statusCode === 200);
    };
    // The own services, on loopback: whose certificate it is says nothing.
    const sent =
      scheme === 'https' ? httpsGet({ ...options, rejectUnauthorized: false }, onAnswer) : httpGet(options, onAnswer);
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
  });
}
