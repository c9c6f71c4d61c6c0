import { describe, expect, it } from 'vitest';
import type { ComposeService } from '../../../src/compose/types.ts';
import { cluster, noticesOf, refusals, rendered } from './imply.ts';

const manager = (deepStorage: object, over: object = {}) =>
  rendered(cluster({ deepStorage, ...over })).document.services['imply-manager'] as ComposeService;
const defaults = (deepStorage: object) =>
  Object.fromEntries(
    Object.entries(manager(deepStorage).environment ?? {}).filter(([name]) => /_(deepStorage|common)/.test(name)),
  );
const files = (service: ComposeService) => (service.secrets ?? []).map(({ target }) => target);
const one = { master: { nodes: ['a'] }, query: { nodes: ['a'] }, data: { nodes: ['a'] } };

describe('deep storage reaches the manager as imply_defaults_*', () => {
  it.each([
    ['s3', 's3://bucket/prefix'],
    ['hdfs', 'hdfs://namenode:8020/druid'],
    ['hdfs', '/druid/segments'],
    ['azure', 'azure://container/prefix'],
    ['google', 'gs://bucket/prefix'],
  ])('%s at %s: type and path, and no key where none is given', (type, path) => {
    expect(defaults({ type, path })).toEqual({
      imply_defaults_deepStorageType: type,
      imply_defaults_deepStoragePath: path,
    });
    expect(files(manager({ type, path }))).not.toContain('imply.io/imply_defaults_deepStoragePassword');
  });

  it('local: the directory that all agents mount', () => {
    const { document } = rendered(cluster({ deepStorage: {}, agents: one }));
    expect(document.services['imply-manager']?.environment).toMatchObject({
      imply_defaults_deepStorageType: 'local',
      imply_defaults_deepStoragePath: '/mnt/deep-storage',
    });
    expect(document.services['imply-data-1']?.volumes).toContainEqual({
      type: 'volume',
      source: 'deep-storage',
      target: '/mnt/deep-storage',
    });
  });

  it('an S3-compatible store: the two properties of the vendor’s chart, joined by a backslash and an n', () => {
    const given = defaults({ type: 's3', path: 's3://imply/', s3: { endpoint: 'http://minio:9000' } });
    expect(given['imply_defaults_commonCustomDruidProperties']).toBe(
      String.raw`druid.s3.endpoint.url=http://minio:9000\ndruid.s3.enablePathStyleAccess=true`,
    );
    expect(
      defaults({ type: 's3', path: 's3://imply/', s3: { endpoint: 'https://s3.eu.example.org', pathStyle: false } })[
        'imply_defaults_commonCustomDruidProperties'
      ],
    ).toMatch(/=false$/);
  });

  it('the access key is an answer; its secret key is a secret that only the manager mounts', () => {
    const bundle = cluster({ deepStorage: { type: 's3', path: 's3://b/', user: 'AK' } });
    const { document, text } = rendered(bundle);
    expect(document.services['imply-manager']?.environment).toMatchObject({ imply_defaults_deepStorageUser: 'AK' });
    expect(document.services['imply-manager']?.environment).not.toHaveProperty('imply_defaults_deepStoragePassword');
    const users = Object.entries(document.services).filter(([, { secrets }]) =>
      secrets?.some(({ source }) => source === 'deep-storage-key'),
    );
    expect(users.map(([name]) => name)).toEqual(['imply-manager']);
    expect(text).toContain('name: prod_deep-storage-key.v1');
    expect(
      bundle.definition.plan('prod', bundle.answers).secrets.find(({ secret }) => secret === 'deep-storage-key'),
    ).toMatchObject({ mustBeGiven: true, inputs: { password: 'deepStorageKey' } });
  });

  it('by environment, bundle deploy supplies the key', () => {
    const bundle = cluster({ secretDelivery: 'env', deepStorage: { type: 's3', path: 's3://b/', user: 'AK' } });
    expect(bundle.definition.plan('prod', bundle.answers).environment['imply_defaults_deepStoragePassword']).toEqual({
      secret: 'deep-storage-key',
      part: 'password',
    });
    expect(rendered(bundle).text).toContain(
      '${imply_defaults_deepStoragePassword:?bundle deploy supplies it from secrets/deep',
    );
  });
});

describe('what cannot work is refused, with the reason', () => {
  it.each<[string, object, string]>([
    ['an s3 path for hdfs', { type: 'hdfs', path: 's3://b/' }, 'deepStorage.path: does not fit type hdfs'],
    ['a directory for s3', { type: 's3', path: '/data' }, 'deepStorage.path: does not fit type s3'],
    ['s3 without a bucket', { type: 's3', path: 's3:///x' }, 'deepStorage.path: does not fit'],
    ['no path', { type: 'google' }, 'deepStorage.path: is needed for google'],
    [
      'an endpoint for azure',
      { type: 'azure', path: 'azure://c/', s3: { endpoint: 'http://x:1' } },
      'deepStorage.s3.endpoint: is for type s3',
    ],
    [
      'an endpoint of the agent’s own',
      { type: 's3', path: 's3://b/', s3: { endpoint: 'http://localhost:9000' } },
      'deepStorage.s3.endpoint: would be each agent’s own container',
    ],
    [
      'a log-in in the endpoint',
      { type: 's3', path: 's3://b/', s3: { endpoint: 'http://me:pw@minio:9000' } },
      'deepStorage.s3.endpoint: an address such as',
    ],
    [
      'an underscore that Java refuses',
      { type: 's3', path: 's3://b/', s3: { endpoint: 'http://my_minio:9000' } },
      'Java refuses it',
    ],
    ['keys for a directory', { user: 'AK', sharedMount: '/srv' }, 'deepStorage.user: is for a store with keys'],
    [
      'a shared mount for s3',
      { type: 's3', path: 's3://b/', sharedMount: '/srv' },
      'deepStorage.sharedMount: is for type local',
    ],
  ])('%s', (_name, deepStorage, why) => expect(refusals({ deepStorage }).join('\n')).toContain(why));

  it('local on several nodes, also when only a tier is elsewhere', () => {
    const agents = { ...one, dataTier2: { replicas: 1, nodes: ['b'] } };
    expect(refusals({ deepStorage: {}, agents }).join()).toContain('deepStorage.sharedMount: is needed');
    expect(refusals({ deepStorage: { sharedMount: '/srv/nfs' }, agents })).toEqual([]);
    expect(refusals({ deepStorage: {}, agents: one })).toEqual([]);
  });

  it('a property that is given twice', () => {
    const over = {
      deepStorage: { type: 's3', path: 's3://b/', s3: { endpoint: 'http://minio:9000' } },
      clusterDefaults: { properties: { common: ['druid.s3.endpoint.url=http://other'] } },
    };
    expect(refusals(over).join()).toContain(
      'clusterDefaults.properties.common.0: druid.s3.endpoint.url follows from deepStorage.s3',
    );
  });
});

describe('notices', () => {
  it('what is inferred is called so; S3 is documented', () => {
    for (const [type, path] of [
      ['hdfs', '/druid'],
      ['azure', 'azure://c/'],
      ['google', 'gs://b/'],
    ])
      expect(noticesOf({ deepStorage: { type, path } })['deep-storage-form']).toMatch(/^info: .*inferred/);
    expect(noticesOf({ deepStorage: { type: 's3', path: 's3://b/' } })).not.toHaveProperty('deep-storage-form');
  });
  it('the key is covered by what is said of secret files', () => {
    expect(noticesOf({})['secret-files']).not.toContain('deep storage');
    expect(noticesOf({ deepStorage: { type: 's3', path: 's3://b/', user: 'AK' } })['secret-files']).toMatch(
      /key of deep storage.*inferred for passwords/,
    );
    expect(
      noticesOf({ secretDelivery: 'env', deepStorage: { type: 's3', path: 's3://b/', user: 'AK' } })['secret-env'],
    ).toContain('key of deep storage');
    expect(
      noticesOf({ secretDelivery: 'wrapper', deepStorage: { type: 's3', path: 's3://b/', user: 'AK' } })[
        'secret-wrapper'
      ],
    ).toMatch(/^info: .*key of deep storage.*\/bin\/sh.*is assumed/);
  });
  it('plain HTTP to the store', () => {
    expect(
      noticesOf({ deepStorage: { type: 's3', path: 's3://b/', s3: { endpoint: 'http://minio:9000' } } }),
    ).toHaveProperty('deep-storage-clear');
    expect(
      noticesOf({ deepStorage: { type: 's3', path: 's3://b/', s3: { endpoint: 'https://minio:9000' } } }),
    ).not.toHaveProperty('deep-storage-clear');
  });
  it.each([
    ['http://minio:9000', 'minio', 9000],
    ['https://s3.example.org', 's3.example.org', 443],
    ['http://s3.example.org', 's3.example.org', 80],
  ])('%s is a server outside the swarm', (endpoint, host, port) => {
    const { definition, name, answers } = cluster({ deepStorage: { type: 's3', path: 's3://b/', s3: { endpoint } } });
    expect(definition.plan(name, answers).externals).toContainEqual(
      expect.objectContaining({ what: 'deep storage', clients: 'every agent', servers: [{ host, port }] }),
    );
  });
});
