import type { RunbookSection } from '../../src/sdk/definition.ts';
import { containerOf } from '../common/containers.ts';
import type { Server } from './servers.ts';

/** What an operator of these servers must know, for the README.md of any bundle that has them. */
export function serversRunbook(stack: string, servers: readonly Server[]): RunbookSection {
  const [first] = servers;
  const nodes = `\`[${servers.map(({ node }) => node).join(', ')}]\``;
  const ask =
    `docker exec ${containerOf(stack, first?.name ?? '')} sh -c 'for s in ` +
    `${servers.map(({ name }) => name).join(' ')}; do echo "$s: $(echo srvr | nc -w 2 $s 2181 | grep Mode)"; done'`;
  const lastOne = `${first?.name ?? ''} alone of several has no mode before that deployment.`;
  const several = [
    '- `bundle deploy` updates one server at a time, the leader last, and stops at the first that does not come ' +
      'back. `docker stack deploy` by hand restarts all at once: for seconds there is no quorum.',
    `- More than half of the ${servers.length} servers must run. A server whose node is lost stays away until ` +
      'the node is back: its volumes are there.',
    `- Adding servers: raise the number, name the nodes, those of now first (${nodes}), \`bundle render\`, \`bundle ` +
      'deploy`.',
    '- Taking servers away: `bundle deploy` refuses to. By hand, while nothing is written: stop the last one ' +
      'with `docker service rm`, ask the others as above until they have a leader, and so on; then lower the ' +
      `number, \`bundle render\`, \`bundle deploy\`. Expect short losses of the quorum. ${lastOne}`,
  ];
  const one = [
    '- One server, without failover: clients wait while it restarts.',
    `- With three servers, later: raise the number, name the nodes, that of now first (${nodes}), \`bundle render\`, ` +
      '`bundle deploy`. The first server keeps its data.',
    // `bundle render` writes this page before `bundle deploy` refuses, and sends its reader here.
    '- From several servers to this one: `bundle deploy` refuses to take the others away. By hand, while nothing is ' +
      'written: stop the last one with `docker service rm`, ask as above until there is a mode again, and so on; ' +
      `then \`bundle deploy\`. ${lastOne}`,
  ];
  return {
    title: 'ZooKeeper',
    markdown: [
      `Which server leads; on ${first?.node ?? ''}:`,
      '',
      '```sh',
      ask,
      '```',
      '',
      ...(servers.length === 1 ? one : several),
      '',
      'The volumes stay when the stack is removed:',
      '',
      ...servers.map(({ name, node }) => `- \`${stack}_${name}-data\`, \`${stack}_${name}-datalog\` (on ${node})`),
    ].join('\n'),
  };
}
