/** What is told of the images that a swarm took, when the docker CLI's own questions went unanswered. */
import { describe, expect, it, vi } from 'vitest';
import { digestWarnings, warnOfDigests, type DeployedImages } from '../../../src/quorum/image-digests.ts';
import { service } from '../../support/check-context.ts';

const IMAGE = 'registry.example:5000/agent:v16';
const [ONE, TWO] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const has = { inRegistry: async () => ({ digest: TWO }) };
const away = {
  inRegistry: async () => Promise.reject(new Error('dial tcp 10.0.0.1:5000: connect: connection refused')),
};

type Run = Record<string, string>;
/** Services by name with the image that each ran before and runs now, and the words of the document. */
function deployed(before: Run, after: Run, words: Run = { 'data-1': IMAGE, 'data-2': IMAGE }): DeployedImages {
  const live = (run: Run) => ({
    services: Object.entries(run).map(([name, Image]) =>
      service(`prod_${name}`, { spec: { TaskTemplate: { ContainerSpec: { Image } } } }),
    ),
  });
  const services = Object.fromEntries(Object.entries(words).map(([name, image]) => [name, { image }]));
  return { document: { services } as unknown as DeployedImages['document'], before: live(before), after: live(after) };
}
const told = async (...given: Parameters<typeof deployed>) => digestWarnings('prod', deployed(...given), has);
const both = (image: string): Run => ({ 'data-1': image, 'data-2': image });
const OLD = `registry.example:5000/agent:v15@${ONE}`;

describe('an image without its digest', () => {
  it('is told of services that are new, of which docker says nothing', async () => {
    expect(await told({}, both(IMAGE))).toEqual([
      {
        level: 'warning',
        text:
          `data-1 and data-2 run ${IMAGE} without a digest: its registry did not tell docker which image the tag ` +
          'meant when it was deployed. Nodes may hold different ones, and a rollback brings back what the tag means ' +
          'by then',
        hint:
          'if nobody pushes another image under that tag, nothing need be done; else name it in bundle.yaml as ' +
          `${IMAGE}@${TWO} and deploy: the same words, deployed again, change nothing`,
      },
    ]);
  });

  it('is told of one whose registry dropped out between two members, though nothing else answers any more', async () => {
    const [found, ...more] = await digestWarnings(
      'prod',
      deployed(both(OLD), { 'data-1': `${IMAGE}@${TWO}`, 'data-2': IMAGE }),
      away,
    );
    expect(found?.text).toMatch(/^data-2 runs registry\.example:5000\/agent:v16 without a digest/);
    expect(found?.hint).toContain(`${IMAGE}@${TWO}`);
    expect(more).toEqual([]);
  });

  it('is told if the one before was pinned, without a digest that nobody knows', async () => {
    const [found] = await digestWarnings('prod', deployed(both(OLD), both(IMAGE)), away);
    expect(found?.text).toMatch(/^data-1 and data-2 run /);
    expect(found?.hint).toContain(`${IMAGE}@sha256:… and deploy`);
  });

  it.each<[string, DeployedImages]>([
    ['no registry has, and nobody had pinned: the nodes were given it', deployed({}, both(IMAGE))],
    ['takes the place of a pinned one of another name', deployed(both(`other/agent:v15@${ONE}`), both(IMAGE))],
    ['is as it was before', deployed(both(IMAGE), both(IMAGE))],
    ['is of no service that came to be', deployed({}, {})],
  ])('that %s is none of its business', async (_which, given) => {
    expect(await digestWarnings('prod', given, away)).toEqual([]);
  });

  it('is not told again of one that this deployment left alone, nor does anybody ask for it', async () => {
    const inRegistry = vi.fn(has.inRegistry);
    expect(await digestWarnings('prod', deployed(both(IMAGE), both(IMAGE)), { inRegistry })).toEqual([]);
    expect(await digestWarnings('prod', deployed({}, both(`${IMAGE}@${TWO}`)), { inRegistry })).toEqual([]);
    expect(inRegistry).not.toHaveBeenCalled();
  });
});

describe('services of one image', () => {
  it('are told if its tag moved between them', async () => {
    expect(await told(both(OLD), { 'data-1': `${IMAGE}@${ONE}`, 'data-2': `${IMAGE}@${TWO}` })).toEqual([
      {
        level: 'warning',
        text:
          `${IMAGE} is not the same image everywhere: ${ONE} (data-1) and ${TWO} (data-2); its tag moved before the ` +
          'last was deployed',
        hint: `name the one that all are to run in bundle.yaml as ${IMAGE}@sha256:…, and deploy`,
      },
    ]);
  });

  it('are told if a new one got another than those that stay', async () => {
    const stays = { 'data-1': `${IMAGE}@${ONE}` };
    expect(await told(stays, { ...stays, 'data-2': `${IMAGE}@${TWO}` })).toMatchObject([
      { text: expect.stringContaining(`${ONE} (data-1) and ${TWO} (data-2)`) as string },
    ]);
  });

  it('are not if they have one digest, were different before, or bundle.yaml names different ones', async () => {
    const apart = { 'data-1': `${IMAGE}@${ONE}`, 'data-2': `${IMAGE}@${TWO}` };
    expect(await told(both(OLD), both(`${IMAGE}@${TWO}`))).toEqual([]);
    expect(await told(apart, apart)).toEqual([]);
    expect(await told(both(OLD), apart, apart)).toEqual([]);
  });

  it('of another stack, by the same name, are none of them', async () => {
    const given = deployed({}, both(`${IMAGE}@${TWO}`));
    const other = service('data-1', { spec: { TaskTemplate: { ContainerSpec: { Image: IMAGE } } } });
    const after = { services: [...given.after.services, other] };
    expect(await digestWarnings('prod', { ...given, after }, has)).toEqual([]);
  });
});

it('says each with what to do', async () => {
  const warn = vi.fn();
  const found = await warnOfDigests('prod', deployed({}, both(IMAGE)), has, { warn });
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/^data-1 and data-2 run .*\n {2}→ if nobody pushes /s)]]);
  expect(found).toHaveLength(1);
});
