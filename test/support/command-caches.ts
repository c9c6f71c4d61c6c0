import { fileURLToPath } from 'node:url';

/**
 * The cache directory of the commands that tests run: what Node compiled of the program is kept there, as in a home.
 */
export const commandCaches = fileURLToPath(new URL('../../.cache/commands', import.meta.url));
