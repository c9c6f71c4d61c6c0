import { mysqlRefusal } from '../../io/database/mysql-refusals.ts';
import type { Finding } from '../check.ts';

/** What a MySQL says before anyone logs in. */
export type Greeting = { product: string; version: string } | { refusal: Finding };

/**
 * The server speaks first: protocol 10, then its version up to a zero byte (MySQL client/server protocol,
 * HandshakeV10); or an error packet.
 */
export function readGreeting(where: string, bytes: Buffer): Greeting {
  if (bytes[4] === 0xff) {
    const text = bytes
      .subarray(7)
      .toString('latin1')
      .replace(/[^\x20-\x7e]/g, '');
    const known = bytes.length < 7 ? undefined : mysqlRefusal(bytes.readUInt16LE(5), text);
    const whom = known?.reason === 'busy' ? 'lets nobody in just now' : 'lets nobody in from this machine';
    return {
      refusal: {
        level: 'warning',
        text: `${where} ${whom}: ${known === undefined ? text : `${text}: ${known.means}`}`,
        hint: known?.mend ?? 'what counts is that it lets the nodes in',
      },
    };
  }
  const end = bytes.indexOf(0, 5);
  if (bytes[4] !== 10 || end < 0)
    return {
      refusal: { level: 'error', text: `${where} answers, but not as a MySQL`, hint: 'correct the host or the port' },
    };
  const version = bytes
    .subarray(5, end)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '');
  return { product: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL', version };
}
