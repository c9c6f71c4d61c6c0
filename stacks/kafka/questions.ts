import { certificateAuthorityWithChain } from '../../secrets/index.ts';
import type { Question, QuestionContext } from '../../src/sdk/definition.ts';
import { networkQuestions } from '../common/network-questions.ts';
import { pickNodes } from '../common/pick-nodes.ts';
import { MOST_BROKERS } from './answers.ts';

const apart = (context: QuestionContext): boolean => context.get('controllers.apart') === true;
/** A number that will not do is refused at its own question. */
const numberAt = (context: QuestionContext, path: string, most: number): number => {
  const value = context.get(path) ?? 3;
  return typeof value === 'number' ? Math.min(value, most) : 3;
};
/** As many nodes as brokers, or as controllers. */
const brokers = (context: QuestionContext): number => numberAt(context, 'brokers', apart(context) ? MOST_BROKERS : 5);
const controllers = (context: QuestionContext): number => numberAt(context, 'controllers.count', 5);
const listed = (context: QuestionContext): boolean =>
  ['plain', 'certificate'].includes(String(context.get('clients.login')));
const ownAuthority = (context: QuestionContext): boolean => context.get('tls.ca') === 'files';
const published = (context: QuestionContext): boolean => context.get('external.publish') === true;

/** The wizard's questions for a Kafka cluster, in order. Defaults not given here are those of the schema. */
export const questions: Question[] = [
  {
    path: 'image',
    ask: 'image',
    message: 'Kafka image',
    help: 'Reference with a pinned tag, as your nodes can pull it. The default is the official image.',
  },
  {
    path: 'controllers.apart',
    ask: 'confirm',
    message: 'Run controllers apart from the brokers?',
    help: 'Default no: 1, 3 or 5 brokers are controllers too. Apart, brokers can be added later. It cannot be changed.',
  },
  {
    path: 'controllers.count',
    ask: 'number',
    message: 'How many controllers?',
    help: '1, 3 or 5. Default 3, which survive the loss of one. It cannot be changed later.',
    when: apart,
  },
  {
    path: 'brokers',
    ask: 'number',
    message: 'How many brokers?',
    help: 'Default 3. If each is a controller too: 1, 3 or 5, and it cannot be changed later.',
  },
  {
    path: 'nodes',
    ask: 'nodes',
    message: 'Nodes for the brokers',
    help: 'Broker 1 on the first, and so on; their volumes live there.',
    byDefault: 'Default: spread over the nodes that take tasks.',
    default: (c) => pickNodes(c, brokers(c)),
  },
  {
    path: 'controllers.nodes',
    ask: 'nodes',
    message: 'Nodes for the controllers',
    help: 'Controller 1 on the first, and so on; one may share a node with a broker.',
    byDefault: 'Default: spread over the nodes.',
    when: apart,
    default: (c) => pickNodes(c, controllers(c)),
  },
  {
    path: 'heapMb',
    ask: 'number',
    message: 'Java heap of a broker, in MB',
    help: 'Default 1024: at most half of the memory that is reserved for it.',
  },
  { path: 'reserve.memory', ask: 'text', message: 'Memory to reserve for a broker', help: 'Default 2G.' },
  {
    path: 'clients.login',
    ask: 'select',
    message: 'How do clients log in?',
    help: 'Through TLS in any case. Default: SCRAM, whose users are made while the cluster runs.',
    choices: [
      { value: 'scram', name: 'SCRAM-SHA-512', description: 'name and password; users are made in the cluster' },
      { value: 'plain', name: 'PLAIN', description: 'name and password; another list of users restarts brokers' },
      { value: 'certificate', name: 'certificates', description: 'of the CA of clients (mTLS)' },
    ],
  },
  {
    path: 'clients.users',
    ask: 'text',
    message: 'Users beside admin',
    help: 'With commas; a password or a certificate is made for each. Default: none.',
    when: listed,
    optional: true,
  },
  {
    path: 'tls.ca',
    ask: 'select',
    message: 'CA of the certificates that clients see',
    help: 'Default: a new one is made for this cluster only. Brokers trust each other by another CA, always a new one.',
    choices: [
      { value: 'generate', name: 'make a new CA', description: 'RSA 3072, ten years' },
      { value: 'files', name: 'take certificate and key from files', description: 'checked as a pair' },
    ],
  },
  {
    path: 'secretFiles.caCertificate',
    ask: 'file',
    secret: { kind: certificateAuthorityWithChain, part: 'certificate', need: 'ca' },
    message: 'File with the CA certificate (PEM)',
    help: 'The certificate that signs, with an RSA or EC key; of an intermediate, with those above it.',
    implies: { 'tls.ca': 'files' },
    when: ownAuthority,
  },
  {
    path: 'secretFiles.caKey',
    ask: 'file',
    secret: { kind: certificateAuthorityWithChain, part: 'key', need: 'ca' },
    message: 'File with the CA key (PEM, unencrypted)',
    help: 'It stays in the bundle’s secrets/ and does not reach the swarm.',
    implies: { 'tls.ca': 'files' },
    when: ownAuthority,
  },
  {
    path: 'external.publish',
    ask: 'confirm',
    message: 'Open a port on the brokers’ nodes for clients outside the swarm?',
    help: 'Default no: services of this swarm reach the brokers on the stack’s network.',
  },
  {
    path: 'external.port',
    ask: 'number',
    message: 'Port on the nodes',
    help: 'Default 9095.',
    when: published,
  },
  {
    path: 'external.names',
    ask: 'text',
    message: 'Names by which clients outside dial the brokers',
    help: 'One for each broker, in order, with commas. Each must resolve to its broker’s node.',
    when: published,
  },
  ...networkQuestions,
];
