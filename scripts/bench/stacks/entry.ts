import { start } from '../../../src/start.ts';

/** The program with the stacks of the bench, built as the real one is. */
void start([
  { name: 'dying', load: async () => (await import('./dying.ts')).dying },
  { name: 'many', load: async () => (await import('./many.ts')).many },
]);
