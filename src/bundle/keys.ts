import * as z from 'zod';
import type { StackDefinition } from '../sdk/definition.ts';
import { commonAnswers } from './common.ts';

/** One key of bundle.yaml, read off the schema. */
export interface Key {
  path: string;
  type: 'string' | 'number' | 'boolean' | 'list' | 'mapping';
  description: string | undefined;
  /** The schema's own default; undefined if there is none. */
  default: unknown;
  choices: string[] | undefined;
  /** Of a list: its items are text, so that a number in it is a name. */
  ofText: boolean;
}

interface Node {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  items?: Node;
  properties?: Record<string, Node>;
}

/** Every key of a stack's bundle.yaml in schema order, mappings before what is in them. */
export function bundleKeys(definition: StackDefinition): Key[] {
  const schemas = [commonAnswers, definition.answers].map((schema) => z.toJSONSchema(schema, { io: 'input' }) as Node);
  return schemas.flatMap((schema) => below(schema, ''));
}

function below(node: Node, prefix: string): Key[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const type = typeOf(child);
    // A mapping's `{}` only lets its keys' own defaults in: it is none itself.
    const key: Key = {
      path,
      type,
      description: child.description,
      default: type === 'mapping' ? undefined : child.default,
      choices: child.enum?.filter((choice) => typeof choice === 'string'),
      ofText: child.items?.type === 'string',
    };
    return [key, ...below(child, path)];
  });
}

function typeOf(node: Node): Key['type'] {
  if (node.properties) return 'mapping';
  switch (node.type) {
    case 'array':
      return 'list';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'string';
  }
}
