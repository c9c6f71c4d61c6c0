import { expect, it } from 'vitest';
import { allDefinitions, definitionOf } from '../../../src/bundle/catalogue.ts';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { proof } from '../../proof/definition.ts';
import { stacks } from '../../../stacks/index.ts';

it('each line of the catalogue loads the definition of its name', async () => {
  expect((await allDefinitions(stacks)).map(({ name }) => name)).toEqual(stacks.map(({ name }) => name));
  for (const { name } of stacks) expect((await definitionOf(stacks, { stack: name }, 'f')).name).toBe(name);
});

it('no definition takes a key of bundle.yaml that is everybody’s', async () => {
  const ofTests = { name: 'proof', load: async () => proof as never };
  for (const definition of await allDefinitions([...stacks, ofTests])) {
    const paths = bundleKeys(definition).map(({ path }) => path);
    expect(
      paths.filter((path, at) => paths.indexOf(path) !== at),
      definition.name,
    ).toEqual([]);
  }
});

it('a name that it does not have is refused before anything is loaded', () => {
  expect(() => definitionOf(stacks, { stack: 'hadoop' }, 'f')).toThrow(
    'f: stack "hadoop" is unknown; bundle knows imply, kafka, zookeeper',
  );
  expect(() => definitionOf(stacks, { stack: 7 }, 'f')).toThrow('f: stack is missing');
});
