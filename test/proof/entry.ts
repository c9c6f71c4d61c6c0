import { start } from '../../src/main.ts';

/** The program with another catalogue, built as the real one is. */
await start(async () => [(await import('./definition.ts')).proof]);
