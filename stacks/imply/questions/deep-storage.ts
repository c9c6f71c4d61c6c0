import type { Question } from '../../definition.ts';
import { agentNodeCount } from './agents.ts';

export const deepStorageQuestions: Question[] = [
  {
    path: 'deepStorage.type', ask: 'select', message: 'Deep storage', help: 'Where segments are kept for good. Default local, which suits one node or a shared mount.',
    choices: [
      { value: 'local', name: 'local directory or shared mount' },
      { value: 's3', name: 'S3 or compatible' },
      { value: 'hdfs', name: 'HDFS' },
      { value: 'azure', name: 'Azure' },
      { value: 'google', name: 'Google Cloud Storage' },
    ],
  },
  { path: 'deepStorage.path', ask: 'text', message: 'Path in deep storage', help: 'For example s3://bucket/prefix. Credentials are not asked here: the agents take them from their hosts’ role.', when: (c) => (c.get('deepStorage.type') ?? 'local') !== 'local' },
  {
    path: 'deepStorage.sharedMount', ask: 'text', message: 'Host directory shared by all nodes', help: 'An absolute path such as an NFS mount, the same on each agent’s node.',
    when: (c) => (c.get('deepStorage.type') ?? 'local') === 'local' && agentNodeCount(c) > 1,
  },
];
