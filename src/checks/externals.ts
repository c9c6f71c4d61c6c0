import { messageOf } from '../errors.ts';
import type { External } from '../../stacks/definition.ts';
import type { Check, CheckContext, Finding } from './check.ts';

/**
 * Servers outside the swarm, tried from this machine. A warning only, either way: the tasks reach them from their own nodes, and this
 * machine may see what they do not, or the reverse.
 */
export const externals: Check = {
  name: 'externals',
  title: 'servers outside the swarm',
  offline: true,
  async run(context) {
    if (context.plan.externals.length === 0) return [{ level: 'ok', text: 'part of the stack' }];
    return Promise.all(context.plan.externals.map((external) => probe(external, context)));
  },
};

async function probe({ what, kind, host, port }: External, context: CheckContext): Promise<Finding> {
  const where = `${what} ${host}:${port}`;
  try {
    if (kind === 'zookeeper') return zookeeperFinding(where, await context.probe(host, port, 'srvr'));
    if (kind === 'mysql') return mysqlFinding(where, await context.probe(host, port));
    await context.probe(host, port, '');
    return { level: 'ok', text: `${where} accepts connections` };
  } catch (error) {
    return { level: 'warning', text: `${where} cannot be reached from this machine: ${messageOf(error)}`, hint: 'what counts is that the nodes reach it; look at the manager’s log after the deploy' };
  }
}

/** ZooKeeper allows `srvr` by default; where it is switched off the refusal itself proves life (FourLetterCommands). */
function zookeeperFinding(where: string, answer: Buffer): Finding {
  const text = answer.toString('latin1');
  if (/Zookeeper version|not in the whitelist/.test(text)) return { level: 'ok', text: `${where} answers` };
  if (/not currently serving/.test(text)) return { level: 'warning', text: `${where} has no quorum at the moment` };
  return { level: 'warning', text: `${where} answers, but not as a ZooKeeper` };
}

/** The server speaks first: protocol 10, then its version up to a zero byte (MySQL client/server protocol, HandshakeV10). */
function mysqlFinding(where: string, greeting: Buffer): Finding {
  if (greeting[4] === 0xff) return { level: 'warning', text: `${where} refuses this machine: ${greeting.subarray(7).toString('latin1').replace(/[^\x20-\x7e]/g, '')}` };
  if (greeting[4] !== 10) return { level: 'warning', text: `${where} answers, but not as a MySQL` };
  const version = greeting.subarray(5, greeting.indexOf(0, 5)).toString('latin1');
  if (/mariadb/i.test(version)) return { level: 'warning', text: `${where} is MariaDB (${version}), which the vendor does not support` };
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  if (major < 5 || (major === 5 && (minor < 7 || (minor === 7 && patch < 21)))) return { level: 'warning', text: `${where} is MySQL ${version}; 5.7.21 or later is needed` };
  return { level: 'ok', text: `${where} is MySQL ${version}` };
}
