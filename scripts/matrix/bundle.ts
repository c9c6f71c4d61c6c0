import { allDefinitions, findStack } from '../../src/bundle/catalogue.ts';
import { bundleKeys } from '../../src/bundle/keys.ts';
import { validateAnswers, type Bundle } from '../../src/bundle/parse.ts';
import { readGiven } from '../../src/wizard/given.ts';
import { stacks } from '../../stacks/index.ts';

const definitions = await allDefinitions(stacks);

/** The bundle of answers as `--set` takes them. @throws BundleError (exit 2) that lists every fault */
export function bundleOf(stack: string, name: string, sets: readonly string[]): Bundle {
  const keys = bundleKeys(findStack(definitions, stack, 'the matrix'));
  const { answers } = readGiven({ keys, inputs: [] }, undefined, sets);
  return validateAnswers({ version: 1, stack, name, ...answers }, 'the matrix', definitions);
}
