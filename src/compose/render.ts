import { canonicalDocument } from './canonical.ts';
import { Emitter } from './emit.ts';
import { layout } from './layout.ts';
import type { CommentedDocument } from './types.ts';

/**
 * The text of stack.yml, for `docker stack deploy` of any CLI from 19.03 on. A pure function: the same document gives
 * the same bytes, whatever the order in which keys were put in where it has no meaning (see canonical.ts; services keep
 * theirs). Throws a usage error for control characters, durations and modes that docker would refuse, and a plain Error
 * for a comment on a path that is not in the file, which is a bug of the definition. Comment paths use the file's keys
 * (`services.db.stop_grace_period`).
 */
export function renderStack({ document, heading, comments }: CommentedDocument): string {
  const emitter = new Emitter(comments, SPACED);
  if (heading.length > 0) {
    emitter.comment(heading.join('\n'), 'heading');
    emitter.lines.push('');
  }
  emitter.map(layout(canonicalDocument(document)));
  const [unused] = emitter.unused();
  if (unused !== undefined) throw new Error(`comment on ${unused}: there is no such key in the stack document`);
  return emitter.lines.toString();
}

/** An empty line stands between sections and between services. */
const SPACED: ReadonlySet<string> = new Set(['', 'services']);
