import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/port.ts';
import { domainOf } from '../../../src/image/reference.ts';
import type { Plan } from '../../../src/plan/changes.ts';
import { deployCalls } from '../../../src/quorum/deploy-calls.ts';
import { service, stackDocument } from '../compose/documents.ts';

/** Registries to whether this machine has a log-in, and whether the docker CLI finds it. */
type Logins = Record<string, 'sent' | 'unsent'>;

/** A machine with these log-ins, which counts how often it is asked. */
const machine = (logins: Logins): { engine: Pick<Engine, 'findLogins'>; asked: string[] } => {
  const asked: string[] = [];
  const findLogins: Engine['findLogins'] = async (images) => {
    asked.push(...images);
    return [...new Set(images.map(domainOf))].map((registry) => {
      const found = logins[registry];
      return { registry, known: found !== undefined, sent: found === 'sent', source: 'config.json' };
    });
  };
  return { engine: { findLogins }, asked };
};

/** Services with their images, and those from which the images of some change: `from` of NAME. */
async function calls(images: Record<string, string>, logins: Logins, from: Record<string, string> = {}) {
  const document = stackDocument({
    services: Object.fromEntries(Object.entries(images).map(([name, image]) => [name, service({ image })])),
  });
  const services = Object.entries(images).map(([name, to]) => ({
    name,
    changes: from[name] === undefined ? [] : [{ field: 'image', kind: 'changed', from: from[name], to }],
  }));
  const { engine, asked } = machine(logins);
  const found = await deployCalls(Object.keys(images), { engine, document, plan: { services } as unknown as Plan });
  return { asked, calls: found.map(({ names, way }) => [names.join(' '), way.resolveImage, way.sendsLogin]) };
}

describe('the calls of a deployment', () => {
  const own = 'r.example/a:1';

  it.each([
    ['nobody is logged in', {}, [['a b', 'changed', false]]],
    ['logged in to all registries', { 'r.example': 'sent', 'docker.io': 'sent' }, [['a b', 'changed', true]]],
    [
      'logged in to one of two: the other service keeps what it has',
      { 'r.example': 'sent' },
      [
        ['a', 'changed', true],
        ['b', 'changed', false],
      ],
    ],
    ['a log-in that the docker CLI does not find', { 'r.example': 'unsent' }, [['a b', 'changed', false]]],
    ['a log-in for a registry of nobody', { 'other.example': 'sent' }, [['a b', 'changed', false]]],
  ] as [string, Logins, unknown[]][])('%s', async (_case, logins, expected) => {
    expect((await calls({ a: own, b: 'b:1' }, logins)).calls).toEqual(expected);
  });

  it('an image from another registry: the log-in for the former one does not stay, and is not sent there', async () => {
    const former = { a: 'former.example/a:1', b: 'index.docker.io/library/b:0', c: 'c:1' };
    expect((await calls({ a: own, b: 'b:1', c: 'r.example/c:1', d: 'd:1' }, {}, former)).calls).toEqual([
      ['d', 'changed', false],
      ['a c', 'always', true],
      ['b', 'always', false],
    ]);
  });

  it('an image that changes within its registry', async () => {
    expect((await calls({ a: own }, {}, { a: 'r.example/former/a:9' })).calls).toEqual([['a', 'always', false]]);
    expect((await calls({ a: own }, { 'r.example': 'sent' }, { a: 'r.example/a:0' })).calls).toEqual([
      ['a', 'always', true],
    ]);
  });

  it('asks once for each image, and for none of no services', async () => {
    expect((await calls({ a: own, b: own, c: 'c:1' }, {})).asked).toEqual([own, 'c:1']);
    expect(await calls({}, {})).toEqual({ asked: [], calls: [] });
  });
});
