import { allDefinitions } from '../../src/bundle/catalogue.ts';
import type { StackDefinition, StackEntry } from '../../src/sdk/definition.ts';
import { stacks } from '../../stacks/index.ts';

/** The definitions of the catalogue in stacks/. */
export const definitions = await allDefinitions(stacks);

/** A definition as a line of a catalogue. */
export const entryOf = (definition: StackDefinition): StackEntry => ({
  name: definition.name,
  load: async () => definition,
});
