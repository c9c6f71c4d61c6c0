import * as z from 'zod';

/*
 * A process reads a file or two: compiling a parser for each schema costs more than it saves. Schemas heed it that are made
 * afterwards: a module that makes some of a bundle's files imports this one first.
 */
z.config({ jitless: true });
