import * as z from 'zod';
import type { Refuse } from './refuse.ts';

export const deepStorage = z
  .strictObject({
    type: z.enum(['local', 's3', 'hdfs', 'azure', 'google']).default('local').describe('Where segments are kept for good; all agents must reach it.'),
    path: z.string().min(1).max(1024).default('/mnt/deep-storage').describe('A path, or an address such as s3://bucket/prefix.'),
    sharedMount: z.string().regex(/^\/[^\s:]*$/, 'an absolute path').optional().describe('local on several nodes: a host directory, the same on each node (NFS …).'),
  })
  .prefault({});

const EXAMPLE_PATH = { s3: 's3://bucket/prefix', hdfs: 'hdfs://namenode:8020/druid', azure: 'azure://container/prefix', google: 'gs://bucket/prefix' } as const;

/** @param agentNodes the nodes that agents are spread over */
export function checkDeepStorage({ type, path, sharedMount }: z.output<typeof deepStorage>, agentNodes: Set<string>, refuse: Refuse): void {
  if (type === 'local') {
    if (agentNodes.size > 1 && sharedMount === undefined) {
      refuse(['deepStorage', 'sharedMount'], 'is needed: local deep storage wants a directory that all agents’ nodes share; or keep all agents on one node, or set deepStorage.type to s3, hdfs, azure or google');
    }
    if (!/^\/mnt\/deep-storage(\/|$)/.test(path)) refuse(['deepStorage', 'path'], 'for local it lies below /mnt/deep-storage, where the shared volume is mounted');
    return;
  }
  if (sharedMount !== undefined) refuse(['deepStorage', 'sharedMount'], 'is for type local');
  if (path.startsWith('/mnt/deep-storage')) refuse(['deepStorage', 'path'], `is needed for ${type}, for example ${EXAMPLE_PATH[type]}`);
}
