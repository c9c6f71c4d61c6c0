import * as z from 'zod';
import { NO_TEMPLATE, NO_TEMPLATE_WHY, directory } from './fields.ts';
import type { Refuse } from './refuse.ts';

const s3 = z
  .strictObject({
    endpoint: z
      .string()
      .max(253)
      .regex(
        /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$/,
        'an address such as https://minio.example.org:9000: no path, no log-in, no underscore in the host (Java ' +
          'refuses it)',
      )
      .refine((value) => URL.canParse(value), 'no such host or port can be')
      .optional()
      .describe('Address of an S3-compatible store such as MinIO, as the agents reach it. Default: Amazon’s own.'),
    pathStyle: z
      .boolean()
      .optional()
      .describe('Buckets are named in the path, not in the host name. Default: true with an endpoint.'),
  })
  .prefault({})
  .describe('For S3-compatible stores.');

export const deepStorage = z
  .strictObject({
    type: z
      .enum(['local', 's3', 'hdfs', 'azure', 'google'])
      .default('local')
      .describe('Where segments are kept for good; all agents must reach it.'),
    path: z
      .string()
      .min(1)
      .max(1024)
      .regex(NO_TEMPLATE, NO_TEMPLATE_WHY)
      .refine((path) => !path.split('/').includes('..'), 'without .. in it')
      .default('/mnt/deep-storage')
      .describe('A path, or an address such as s3://bucket/prefix.'),
    user: z
      .string()
      .max(256)
      .regex(/^[\x21-\x7e]+$/, 'one word')
      .optional()
      .describe(
        'Access key of S3, account of Azure. Its secret key is a secret, not an answer. Default: none, the ' +
          'agents’ hosts have a role that lets them in.',
      ),
    s3,
    sharedMount: directory
      .optional()
      .describe('local on several nodes: a host directory, the same on each node (NFS …).'),
  })
  .prefault({})
  .describe('Where Druid keeps its segments; the data agents hold copies of them.');

type DeepStorage = z.output<typeof deepStorage>;
type Remote = Exclude<DeepStorage['type'], 'local'>;

/**
 * What a path of a type looks like. Only that of S3 is seen in the vendor's chart; the others follow from Hadoop's and
 * the clouds' own addresses.
 */
const PATHS: Readonly<Record<Remote, { form: RegExp; example: string }>> = {
  s3: { form: /^s3:\/\/[^/\s]+(\/\S*)?$/, example: 's3://bucket/prefix' },
  hdfs: { form: /^(hdfs:\/\/[^/\s]+)?\/\S*$/, example: 'hdfs://namenode:8020/druid' },
  azure: { form: /^(azure|wasbs?|abfss?):\/\/[^/\s]+(\/\S*)?$/, example: 'azure://container/prefix' },
  google: { form: /^gs:\/\/[^/\s]+(\/\S*)?$/, example: 'gs://bucket/prefix' },
};

/** Whether a secret key goes with it. */
export const deepStorageHasKey = (a: { deepStorage: DeepStorage }): boolean => a.deepStorage.user !== undefined;

/**
 * The common properties of an S3-compatible store, as in the vendor's chart for MinIO [H2102..H2303]; none for Amazon's
 * own.
 */
export function s3Properties({
  s3: { endpoint, pathStyle = endpoint === undefined ? undefined : true },
}: DeepStorage): string[] {
  return [
    ...(endpoint === undefined ? [] : [`druid.s3.endpoint.url=${endpoint}`]),
    ...(pathStyle === undefined ? [] : [`druid.s3.enablePathStyleAccess=${pathStyle}`]),
  ];
}

/** @param agentNodes the nodes that agents are spread over */
export function checkDeepStorage(value: DeepStorage, agentNodes: Set<string>, refuse: Refuse): void {
  const { type, path, sharedMount, user } = value;
  if (type !== 's3')
    for (const key of ['endpoint', 'pathStyle'] as const)
      if (value.s3[key] !== undefined) refuse(['deepStorage', 's3', key], 'is for type s3');
  if (type === 'local') {
    if (agentNodes.size > 1 && sharedMount === undefined) {
      refuse(
        ['deepStorage', 'sharedMount'],
        'is needed: local deep storage wants a directory that all agents’ nodes share (of a cluster that runs, copy ' +
          'what its volume deep-storage holds into it first: README.md of the bundle says how); or keep all agents ' +
          'on one node, or, of a new cluster, set deepStorage.type to s3, hdfs, azure or google',
      );
    }
    if (!/^\/mnt\/deep-storage(\/|$)/.test(path))
      refuse(['deepStorage', 'path'], 'for local it lies below /mnt/deep-storage, where the shared volume is mounted');
    if (user !== undefined)
      refuse(
        ['deepStorage', 'user'],
        'is for a store with keys, not for a directory; take it out, or set deepStorage.type',
      );
    return;
  }
  if (sharedMount !== undefined) refuse(['deepStorage', 'sharedMount'], 'is for type local');
  const { form, example } = PATHS[type];
  if (path.startsWith('/mnt/deep-storage'))
    refuse(['deepStorage', 'path'], `is needed for ${type}, for example ${example}`);
  else if (!form.test(path)) refuse(['deepStorage', 'path'], `does not fit type ${type}: it looks like ${example}`);
  if (/^https?:\/\/(localhost|127\.|0\.0\.0\.0)/.test(value.s3.endpoint ?? ''))
    refuse(
      ['deepStorage', 's3', 'endpoint'],
      'would be each agent’s own container; name the host as the agents reach it',
    );
}
