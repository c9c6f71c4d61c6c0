import { networkQuestions } from '../common/network-questions.ts';
import { pickNodes } from '../common/pick-nodes.ts';
import type { Question, QuestionContext } from '../../src/sdk/definition.ts';

/** As many nodes as servers; a number that will not do is refused at its own question. */
const count = (context: QuestionContext): number => {
  const value = context.get('servers') ?? 3;
  return typeof value === 'number' ? Math.min(value, 5) : 3;
};

/** The wizard's questions for a ZooKeeper ensemble, in order. Defaults not given here are those of the schema. */
export const questions: Question[] = [
  {
    path: 'image',
    ask: 'image',
    message: 'ZooKeeper image',
    help: 'Reference with a pinned tag, as your nodes can pull it. The default is the official image.',
  },
  {
    path: 'servers',
    ask: 'number',
    message: 'How many servers?',
    help: '1, 3 or 5. Default 3, which survive the loss of one.',
  },
  {
    path: 'nodes',
    ask: 'nodes',
    message: 'Nodes for the servers',
    help: 'Server 1 on the first, and so on; their volumes live there.',
    byDefault: 'Default: spread over the nodes that take tasks.',
    default: (c) => pickNodes(c, count(c)),
  },
  {
    path: 'heapMb',
    ask: 'number',
    message: 'Java heap of a server, in MB',
    help: 'Default 512: about half of the memory that is reserved for it.',
  },
  { path: 'reserve.memory', ask: 'text', message: 'Memory to reserve for a server', help: 'Default 1G.' },
  {
    path: 'client.publish',
    ask: 'confirm',
    message: 'Open the client port on the servers’ nodes?',
    help: 'Default no: services of this swarm reach the servers on the stack’s network. There is no password.',
  },
  {
    path: 'client.port',
    ask: 'number',
    message: 'Client port on the nodes',
    help: 'Default 2181.',
    when: (c) => c.get('client.publish') === true,
  },
  ...networkQuestions,
];
