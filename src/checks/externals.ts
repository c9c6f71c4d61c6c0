import { messageOf } from '../errors.ts';
import type { External, ExternalServer } from '../sdk/definition.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { addressFindings } from './externals/address.ts';
import { databaseFindings } from './externals/database.ts';
import { unreachable } from './externals/texts.ts';
import { zookeeperFindings } from './externals/zookeeper.ts';

/**
 * Servers outside the swarm, asked from this machine. What they say of themselves counts; that this machine reaches
 * them, or does not, is a warning or a note only: the tasks connect from their own nodes, and this machine may see what
 * they do not, or the reverse.
 */
export const externals: Check = {
  name: 'externals',
  title: 'servers outside the swarm',
  offline: true,
  waitsFor: 'the servers outside the swarm',
  async run(context) {
    const { externals: all } = context.plan;
    if (all.length === 0) return [{ level: 'ok', text: 'part of the stack' }];
    return (await Promise.all(all.map((external) => findingsOf(external, context)))).flat();
  },
};

async function findingsOf(external: External, context: CheckContext): Promise<Finding[]> {
  const servers = external.kind === 'zookeeper' ? external.servers : [external];
  const [addresses, findings] = await Promise.all([
    addressFindings(external, servers, context),
    ask(external, context),
  ]);
  return [...findings, ...addresses];
}

function ask(external: External, context: CheckContext): Promise<Finding[]> {
  switch (external.kind) {
    case 'zookeeper':
      return zookeeperFindings(external, context);
    case 'tcp':
      return serverFindings(external, context);
    default:
      return databaseFindings(external, context);
  }
}

async function serverFindings({ what, host, port }: ExternalServer, context: CheckContext): Promise<Finding[]> {
  const where = `${what} ${host}:${port}`;
  try {
    await context.probe(host, port, '');
    return [{ level: 'ok', text: `${where} accepts connections` }];
  } catch (error) {
    return [unreachable(where, messageOf(error))];
  }
}
