import * as z from 'zod';

/*
 * A process reads a file or two: compiling a parser for each schema costs more than it saves. It holds for schemas that
 * are made afterwards, so whoever makes one of a bundle's files imports this first.
 */
z.config({ jitless: true });
