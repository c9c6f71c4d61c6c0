import { describe, expect, it } from 'vitest';
import { desiredSpecs } from '../../../src/plan/convert.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import { documentOf, richDocument, service, stackDocument } from '../compose/documents.ts';
import recorded from './rich.live.json' with { type: 'json' };

const one = (document: StackDocument, environment = {}) => desiredSpecs('prod', document, { environment })['db'];

describe('desiredSpecs', () => {
  it('makes of the rich document what the CLI makes of it', () => {
    const container = (spec: object): object =>
      (spec as { TaskTemplate: { ContainerSpec: object } }).TaskTemplate.ContainerSpec;
    const wanted = desiredSpecs('prod', richDocument(), { environment: { DB_PASSWORD: 'p$a-ss' } });
    const live = recorded.services['db-1'];
    const {
      Image: _image,
      Secrets,
      ...rest
    } = container(wanted['db-1']?.spec ?? {}) as { Image: string; Secrets: object[] };
    expect(container(live)).toMatchObject(rest);
    // The CLI sorts them by the swarm's name, and adds ids.
    expect(container(live)).toMatchObject({
      Secrets: expect.arrayContaining(Secrets.map((secret) => expect.objectContaining(secret) as unknown)) as unknown,
    });
    const { Networks: _networks, ContainerSpec: _container, ...task } = wanted['db-1']?.spec.TaskTemplate ?? {};
    expect(live.TaskTemplate).toMatchObject(task);
    expect(live.UpdateConfig).toMatchObject(wanted['db-1']?.spec.UpdateConfig ?? {});
    expect(live.Labels).toEqual(wanted['db-1']?.spec.Labels);
  });

  it('adds the service name to the aliases, and the stack to names and labels', () => {
    expect(
      one(
        documentOf({
          networks: { internal: { aliases: ['b', 'a'] } },
          volumes: [{ type: 'volume', source: 'data', target: '/data' }],
        }),
      )?.spec,
    ).toMatchObject({
      Name: 'prod_db',
      Labels: { 'com.docker.stack.namespace': 'prod', 'com.docker.stack.image': 'example/server:1' },
      TaskTemplate: {
        ContainerSpec: {
          Labels: { 'com.docker.stack.namespace': 'prod' },
          Mounts: [{ Source: 'prod_data', VolumeOptions: { Labels: { 'com.docker.stack.namespace': 'prod' } } }],
        },
        Networks: [{ Target: 'prod_internal', Aliases: ['a', 'b', 'db'] }],
      },
    });
  });

  it('attaches a service without networks to the default network, as docker does', () => {
    expect(one(stackDocument({ services: { db: service({ networks: {} }) } }))?.spec.TaskTemplate?.Networks).toEqual([
      { Target: 'prod_default', Aliases: ['db'] },
    ]);
  });

  it('takes values from the environment, and says which are missing', () => {
    const document = documentOf({
      environment: { B: { fromEnvironment: 'FROM', hint: '' }, A: 'x', C: { fromEnvironment: 'MISSING', hint: '' } },
    });
    const result = one(document, { FROM: 'a=b' });
    expect(result?.spec.TaskTemplate?.ContainerSpec?.Env).toEqual(['A=x', 'B=a=b']);
    expect(result?.unknownEnvironment).toEqual(['C']);
  });

  it('refuses sizes and durations that docker refuses, and says where', () => {
    const bad = (overrides: Parameters<typeof documentOf>[0]) => () => one(documentOf(overrides));
    expect(bad({ stopGracePeriod: 'soon' })).toThrow('services.db.stop_grace_period: "soon" is no duration');
    expect(bad({ deploy: { ...service().deploy, resources: { limits: { memory: '4 gigs' } } } })).toThrow(
      'services.db.deploy.resources.limits.memory',
    );
    expect(bad({ deploy: { ...service().deploy, resources: { reservations: { cpus: '0.1234567891' } } } })).toThrow(
      'services.db.deploy.resources.reservations.cpus',
    );
  });
});
