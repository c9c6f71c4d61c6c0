import { messageOf } from '../errors.ts';
import type { External, ServerAddress } from './external.ts';
import type { Finding } from './finding.ts';

/** A server of which it is enough that it takes connections. */
export function tcpServer({
  what,
  clients,
  host,
  port,
}: Pick<External, 'what' | 'clients'> & ServerAddress): External<string | undefined> {
  const where = `${what} ${host}:${port}`;
  return {
    what,
    clients,
    servers: [{ host, port }],
    ask: async ({ probe }) =>
      probe(host, port, '').then(
        () => undefined,
        (error: unknown) => messageOf(error),
      ),
    judge: (why) =>
      why === undefined ? [{ level: 'ok', text: `${where} accepts connections` }] : [unreachable(where, why)],
  };
}

/** That a server cannot be reached: a warning only, since the tasks connect from other machines. */
export function unreachable(where: string, why: string): Finding {
  return {
    level: 'warning',
    text: `${where} cannot be reached from this machine: ${why}`,
    hint: 'what counts is that the nodes reach it; ask from one of them, or look at the logs after the deploy',
  };
}
