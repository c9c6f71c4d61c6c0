import { start } from '../../src/start.ts';

/** The program with another catalogue, built as the real one is. */
export const done = start([{ name: 'proof', load: async () => (await import('./definition.ts')).proof }]);
