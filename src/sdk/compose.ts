/** What a definition writes its stack document with. */
export type * from '../compose/types.ts';
