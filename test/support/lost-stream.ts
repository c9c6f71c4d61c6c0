/**
 * What `bundle verify` says of a node whose log stream the leader has lost for good (src/verify/tasks/log-stream.ts).
 */
import type { JsonReport } from '../../src/verify/report/json.ts';
import { isFine } from '../../src/verify/result.ts';

export type Result = JsonReport['results'][number];

/** Of a node that came back: what is read in its logs may then not be told, and is told as just that. */
const lostStream = ({ status, node: of, detail }: Result, node: string): boolean =>
  status === 'unsure' &&
  of === node &&
  detail.includes(`the swarm has ${node} ready, so its leader has lost the stream`);

/** What is neither passed nor skipped, but for a lost stream of this node. */
export const openBut = (node: string, results: readonly Result[]): Result[] =>
  results.filter((one) => !isFine(one) && !lostStream(one, node));
