import { start } from '../../src/start.ts';

/** The program with a stack whose definition never comes. */
void start([{ name: 'never', load: () => new Promise(() => undefined) }]);
