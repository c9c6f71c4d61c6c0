import type { Decision } from '../../../src/sdk/definition.ts';
import { severalNodes } from './nodes.ts';

/** What the wizard asks first. */
export const decisions: Decision[] = [
  'images.manager',
  'images.agent',
  {
    ask: 'nodes',
    message: 'Nodes that may carry the cluster',
    help: 'Which service runs on which of them is suggested afterwards, and can be changed.',
  },
  {
    ask: 'choice',
    message: 'TLS and authentication',
    help: 'With TLS the manager issues certificates from a CA. With authentication agents show it a shared token.',
    choices: [
      {
        name: 'both, with a new CA and a new token',
        description: 'made for this cluster only',
        answers: {
          'tls.enabled': true,
          'tls.ca': 'generate',
          'authentication.enabled': true,
          'authentication.token': 'generate',
        },
      },
      {
        name: 'both, with a CA that you have',
        description: 'certificate and key from files, checked as a pair',
        answers: { 'tls.enabled': true, 'tls.ca': 'files', 'authentication.enabled': true },
        asks: ['secretFiles.caCertificate', 'secretFiles.caKey'],
      },
      {
        name: 'TLS alone',
        description: 'whoever reaches the manager’s port 9989 can register agents',
        answers: { 'tls.enabled': true, 'authentication.enabled': false },
      },
      {
        name: 'neither',
        description: 'passwords and data travel in clear',
        answers: { 'tls.enabled': false, 'authentication.enabled': false },
      },
    ],
  },
  {
    ask: 'choice',
    message: 'Metadata store',
    help: 'A database for users, cluster settings and the list of all segments.',
    choices: [
      {
        name: 'a MySQL in this stack',
        description: 'on a volume of its own, without failover',
        answers: { 'store.embedded': true },
      },
      {
        name: 'a MySQL server that you have',
        description: '5.7.21 or later; MariaDB is not supported by the vendor',
        answers: { 'store.embedded': false, 'store.type': 'mysql' },
        asks: ['store.host', 'store.user', 'secretFiles.storePassword'],
      },
      {
        name: 'a PostgreSQL server that you have',
        description: 'with later images only',
        answers: { 'store.embedded': false, 'store.type': 'postgresql' },
        asks: ['store.host', 'store.user', 'secretFiles.storePassword'],
      },
    ],
  },
  {
    ask: 'choice',
    message: 'Deep storage',
    help: 'Where segments are kept for good. All agents must reach it.',
    choices: [
      {
        name: 'the disk of one node, on which all agents run',
        when: severalNodes,
        answers: { 'deepStorage.type': 'local' },
      },
      {
        name: 'the disk of the node',
        when: (c) => !severalNodes(c),
        answers: { 'deepStorage.type': 'local' },
      },
      {
        name: 'a directory that all nodes share',
        description: 'NFS, for example, at the same path on each node',
        when: severalNodes,
        answers: { 'deepStorage.type': 'local' },
        asks: ['deepStorage.sharedMount'],
      },
      {
        name: 'S3 or compatible',
        answers: { 'deepStorage.type': 's3' },
        asks: ['deepStorage.path', 'deepStorage.s3.endpoint', 'deepStorage.user', 'secretFiles.deepStorageKey'],
      },
      { name: 'HDFS', answers: { 'deepStorage.type': 'hdfs' }, asks: ['deepStorage.path'] },
      {
        name: 'Azure',
        answers: { 'deepStorage.type': 'azure' },
        asks: ['deepStorage.path', 'deepStorage.user', 'secretFiles.deepStorageKey'],
      },
      { name: 'Google Cloud Storage', answers: { 'deepStorage.type': 'google' }, asks: ['deepStorage.path'] },
    ],
  },
];
