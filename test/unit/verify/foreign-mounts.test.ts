import { expect, test } from 'vitest';
import { foreignMounts } from '../../../src/verify/foreign-mounts.ts';
import { service } from '../../support/check-context.ts';

const mounting = (name: string, stack: string | undefined, ...ids: string[]) =>
  service(name, {
    labels: stack === undefined ? {} : { 'com.docker.stack.namespace': stack },
    spec: {
      TaskTemplate: {
        ContainerSpec: {
          Secrets: ids.map((id) => ({ SecretID: id, SecretName: 'whatever it says', File: { Name: 'x' } })),
        },
      },
    },
  });
const options = {
  stack: 'prod',
  own: ['app'],
  secrets: [
    { id: 's1', name: 'prod_token.v1' },
    { id: 's2', name: 'prod_ca.key.v2' },
  ],
  isJob: ({ name }: { name: string }) => name === 'probe',
};

test('the stack’s own services, probes and strangers without one of its secrets are well', () => {
  const services = [
    mounting('prod_app', 'prod', 's1', 's2'),
    mounting('probe', undefined, 's1'),
    mounting('web', undefined, 'other'),
    service('bare'),
    service('nothing', { spec: { TaskTemplate: { ContainerSpec: { Secrets: null } } } }),
  ];
  expect(foreignMounts(services, options)).toEqual([
    {
      service: 'prod',
      check: 'foreign-mounts',
      status: 'passed',
      detail: 'no other service of the swarm mounts one of its 2 secrets',
    },
  ]);
});

test.each([
  ['somebody else’s service', mounting('spy', undefined, 's2', 's1', 's2'), 'prod_ca.key.v2, prod_token.v1'],
  ['a name like ours, made by hand', mounting('prod_app', undefined, 's1'), 'prod_token.v1'],
  ['one of the stack that stack.yml does not have', mounting('prod_old', 'prod', 's2'), 'prod_ca.key.v2'],
  ['another stack', mounting('test_app', 'test', 's1'), 'prod_token.v1'],
])('%s fails, by the secret’s id and not by what the mount calls it', (_what, one, names) => {
  expect(foreignMounts([mounting('prod_app', 'prod', 's1'), one], options)).toEqual([
    {
      service: one.name,
      check: 'foreign-mounts',
      status: 'failed',
      detail: expect.stringContaining(`mounts ${names} of prod`) as string,
    },
  ]);
});
