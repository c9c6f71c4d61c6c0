import type { ServerGreeting } from '../common/database/server.ts';
import { mysqlRefusal } from './refusals.ts';

/**
 * Reads what the server says first: protocol 10, then its version up to a zero byte (MySQL client/server protocol,
 * HandshakeV10); or an error packet. Returns undefined for what is neither.
 */
export function readGreeting(bytes: Buffer): ServerGreeting | undefined {
  if (bytes[4] === 0xff) {
    const text = printable(bytes.subarray(7));
    const known = bytes.length < 7 ? undefined : mysqlRefusal(bytes.readUInt16LE(5), text);
    if (known === undefined) return { refusal: { reason: 'host', text } };
    return { refusal: { reason: known.reason, text: `${text}: ${known.means}`, mend: known.mend } };
  }
  const end = bytes.indexOf(0, 5);
  if (bytes[4] !== 10 || end < 0) return undefined;
  const version = printable(bytes.subarray(5, end));
  return { product: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL', version };
}

const printable = (bytes: Buffer): string => bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '');
