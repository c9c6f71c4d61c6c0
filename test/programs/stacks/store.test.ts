import { describe, expect, it } from 'vitest';
import { kinds } from '../../../secrets/index.ts';
import { issue } from '../../support/certificates.ts';
import { requested } from '../../unit/secrets/material.ts';
import { cluster, rendered } from '../../unit/stacks/imply.ts';

const NOW = new Date();

describe('external servers that cannot work are refused', () => {
  it.each(['localhost', 'db.localhost', '127.0.0.1', '127.0.1.1', '::1', '0.0.0.0'])('a store at %s', (host) => {
    expect(() => cluster({ store: { host, user: 'u' } })).toThrow(/would be each container itself/);
  });

  it.each([
    [['localhost:2181'], /would be each container itself/],
    [['zk1:0'], /0 is no port/],
    [['zk1:70000'], /70000 is no port/],
    [['zk1:2181', 'zk1:2181'], /named twice/],
  ])('ZooKeeper servers %j', (hosts, text) => {
    expect(() => cluster({ zookeeper: { hosts } })).toThrow(text);
  });

  it.each(['/', 'imply/', 'a//b', 'a/../b', './a', 'zookeeper', '/zookeeper/quota', 'with space'])(
    'the base path %j',
    (basePath) => {
      expect(() => cluster({ zookeeper: { hosts: ['zk:2181'], basePath } })).toThrow(/basePath/);
    },
  );

  it.each(['imply', '/imply', 'a/b.c/d_e', 'zookeeper2'])('and the base path %j is taken', (basePath) => {
    expect(() => cluster({ zookeeper: { hosts: ['zk:2181'], basePath } })).not.toThrow();
  });
});

describe('the store’s authority', () => {
  const external = { host: 'db', user: 'u', tls: { ca: 'file' } };

  it('reaches the manager, and nobody else', () => {
    const { services } = rendered(cluster({ store: external })).document;
    const mounts = (name: string) =>
      (services[name]?.secrets ?? []).filter(({ source }) => source === 'store-ca.crt').map(({ target }) => target);
    expect(mounts('imply-manager')).toEqual([
      'imply.io/IMPLY_MANAGER_STORE_CA_CERT',
      'imply.io/imply_defaults_metadataStorageTlsCert',
    ]);
    expect(
      Object.keys(services)
        .filter((name) => name !== 'imply-manager')
        .flatMap(mounts),
    ).toEqual([]);
    expect(services['imply-manager']?.environment).toMatchObject({
      IMPLY_MANAGER_STORE_CA_CERT_PATH: '/etc/imply/ca/manager-store.crt',
    });
  });

  it('is not for the embedded store', () => {
    expect(() => cluster({ store: { tls: { ca: 'file' } } })).toThrow(/is for an external store/);
  });

  it('must be an authority’s certificate, in date, and without a key', () => {
    const { authority, certificate, key } = issue('DNS:db');
    const accept = (text: string, now = NOW) =>
      kinds.authorityCertificates.accept({ certificates: Buffer.from(text) }, now);
    expect(accept(`some words\n${authority}`)['certificates']?.toString()).toBe(authority);
    expect(accept(authority + authority)['certificates']?.toString()).toBe(authority + authority);
    expect(() => accept(certificate)).toThrow(/not one of an authority/);
    expect(() => accept(authority + key)).toThrow(/private key/);
    expect(() => accept('nothing')).toThrow(/not a PEM certificate/);
    expect(() => accept(authority, new Date('2100-01-01'))).toThrow(/ended at/);
    const nameless = { certificates: requested({ cn: '' }).certificate };
    expect(kinds.authorityCertificates.describe(nameless)).toMatchObject({ subject: '' });
    expect(kinds.authorityCertificates.describe({ certificates: Buffer.from(authority) })).toMatchObject({
      subject: expect.stringContaining('test CA') as string,
    });
  });
});
