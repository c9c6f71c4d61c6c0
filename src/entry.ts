import { start } from './main.ts';

/** The entry of the `bundle` command, with the catalogue in stacks/. An entry with another one is as short. */
await start(async () => (await import('../stacks/index.ts')).stacks);
