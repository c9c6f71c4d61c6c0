import { start } from '../../../src/main.ts';

/** The program with the stacks of the bench, built as the real one is. */
await start(async () => [(await import('./dying.ts')).dying, (await import('./many.ts')).many]);
