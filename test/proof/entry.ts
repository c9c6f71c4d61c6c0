import { start } from '../../src/start.ts';

/** The program with another catalogue, built as the real one is. */
void start([
  { name: 'proof', load: async () => (await import('./definition.ts')).proof },
  { name: 'guest', load: async () => (await import('./guest.ts')).guest },
]);
