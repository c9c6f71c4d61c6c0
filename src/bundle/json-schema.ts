import * as z from 'zod';
import type { StackDefinition } from '../sdk/definition.ts';
import { commonAnswers } from './common.ts';

/**
 * JSON Schema (2020-12) of bundle.yaml: one alternative for each stack of the catalogue, as input (keys with a default
 * are optional). Editors complete from it: `# yaml-language-server: $schema=…`.
 */
export function bundleJsonSchema(stacks: readonly StackDefinition[]): Record<string, unknown> {
  const common = z.toJSONSchema(commonAnswers, { io: 'input' });
  const alternatives = stacks.map((definition) => {
    const own = z.toJSONSchema(definition.answers, { io: 'input' });
    return {
      title: definition.title,
      type: 'object',
      additionalProperties: false,
      required: [...(common.required ?? []), ...(own.required ?? [])],
      properties: {
        ...common.properties,
        stack: { const: definition.name, description: 'Which stack definition: what is deployed.' },
        ...own.properties,
      },
    };
  });
  const [only] = alternatives;
  const body = alternatives.length === 1 && only ? only : { anyOf: alternatives };
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'bundle.yaml', ...body };
}
