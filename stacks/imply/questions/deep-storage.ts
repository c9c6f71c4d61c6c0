import { kinds } from '../../../secrets/index.ts';
import type { Question, QuestionContext } from '../../../src/sdk/definition.ts';
import { agentNodesSoFar, deepStorageType as type, severalNodes } from './nodes.ts';

const keyed = (c: QuestionContext): boolean => type(c) === 's3' || type(c) === 'azure';

export const deepStorageQuestions: Question[] = [
  {
    path: 'deepStorage.type',
    ask: 'select',
    message: 'Deep storage',
    help: 'Where segments are kept for good. Default local, which suits one node or a shared mount.',
    choices: [
      { value: 'local', name: 'local directory or shared mount' },
      { value: 's3', name: 'S3 or compatible' },
      { value: 'hdfs', name: 'HDFS' },
      { value: 'azure', name: 'Azure' },
      { value: 'google', name: 'Google Cloud Storage' },
    ],
  },
  {
    path: 'deepStorage.path',
    ask: 'text',
    message: 'Path in deep storage',
    help: 'For example s3://bucket/prefix.',
    when: (c) => type(c) !== 'local',
  },
  {
    path: 'deepStorage.s3.endpoint',
    ask: 'text',
    optional: true,
    message: 'Address of the S3-compatible store',
    help: 'Such as https://minio.example.org:9000, as the agents reach it. Empty for Amazon’s own.',
    when: (c) => type(c) === 's3',
  },
  {
    path: 'deepStorage.user',
    ask: 'text',
    optional: true,
    message: 'Access key of S3, or account of Azure',
    help: 'Empty if the agents’ hosts have a role that lets them in.',
    when: keyed,
  },
  {
    path: 'secretFiles.deepStorageKey',
    ask: 'file',
    secret: { kind: kinds.password, part: 'password', need: 'deep-storage-key' },
    message: 'File with the secret key that goes with it',
    help: 'One line. It becomes a Docker secret that only the manager mounts.',
    oneLine: 'Type the secret key that goes with it',
    when: (c) => type(c) !== 'local' && c.get('deepStorage.user') !== undefined,
  },
];

/** Asked after the agents: it is about whether their nodes share a directory. */
export const sharedMountQuestion: Question = {
  path: 'deepStorage.sharedMount',
  ask: 'text',
  optional: true,
  message: 'Host directory shared by all nodes',
  help: 'An absolute path such as an NFS mount, the same on each agent’s node. Empty if all agents run on one.',
  when: (c) => type(c) === 'local' && (agentNodesSoFar(c).size > 1 || severalNodes(c)),
  remark: (c) =>
    c.get('deepStorage.sharedMount') !== undefined || agentNodesSoFar(c).size !== 1
      ? undefined
      : `all agents run on ${[...agentNodesSoFar(c)].join('')}: local deep storage is the disk of one node. To ` +
        'spread them, name a directory that all nodes share (deepStorage.sharedMount), or choose S3 or another store',
};
