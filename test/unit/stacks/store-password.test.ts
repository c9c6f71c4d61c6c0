/** The password of a store in the stack, which MySQL keeps in its volume. */
import { describe, expect, it } from 'vitest';
import type { StackPlan } from '../../../src/sdk/definition.ts';
import { cluster } from './imply.ts';

function planOf(over: Record<string, unknown> = {}): StackPlan {
  const { definition, name, answers } = cluster(over);
  return definition.plan(name, answers);
}

describe('a new password of the store', () => {
  it('is told to the MySQL of the stack by the one that it has mounted, and stands in no argument', () => {
    const plan = planOf();
    const told = plan.told ?? [];
    const { services } = plan.document(
      (secret) => secret,
      () => [],
    ).document;
    expect(told).toMatchObject([{ file: 'store-password', services: ['mysql'], secrets: ['store-password'] }]);
    // What an update that stopped halfway told it is not always what it has mounted.
    expect(told[0]?.former).toBe('former-store-password');
    expect(services['mysql']?.secrets).toMatchObject([{ source: 'store-password', target: 'store-password' }]);
    expect(told[0]?.command.join(' ')).not.toMatch(/--password| -p|MYSQL_PWD|<</);
  });

  it('is of its account and server: the one of another is another secret', () => {
    const accounts = (over: Record<string, unknown>) =>
      planOf(over).secrets.flatMap(({ secret, belongsTo }) =>
        belongsTo === undefined ? [] : [`${secret} ${belongsTo}`],
      );
    const store = { host: 'db.example.org', user: 'imply', tls: { ca: 'file' } };
    const deepStorage = { type: 's3', path: 's3://bucket/prefix', user: 'AKIA' };
    expect(accounts({ deepStorage })).toEqual(['store-password root@mysql:3306', 'deep-storage-key AKIA@s3']);
    const s3 = { endpoint: 'https://minio.example.org:9000' };
    expect(accounts({ store, deepStorage: { ...deepStorage, s3 } })).toEqual([
      'store-password imply@db.example.org:3306',
      'deep-storage-key AKIA@https://minio.example.org:9000',
      'store-ca db.example.org:3306',
    ]);
  });

  it('is told to none outside: its owner changes it there', () => {
    expect(planOf({ store: { host: 'db.example.org', user: 'imply', database: 'imply_manager' } }).told).toEqual([]);
  });
});
