import type { StackDefinition } from '../src/sdk/definition.ts';
import { imply } from './imply/index.ts';
import { kafka } from './kafka/index.ts';
import { zookeeper } from './zookeeper/index.ts';

/** The catalogue. A new stack is a folder here and one line in this list. */
export const stacks: readonly StackDefinition[] = [imply, kafka, zookeeper];
