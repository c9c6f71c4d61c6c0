import { describe, expect, test } from 'vitest';
import { logRemedy, logWords } from '../../../../src/verify/tasks/log-stream.ts';

const ID = 'w6ro0s1xk1n9zyrz5hzr8vnn3';
/**
 * As Engine 28.5.2 on the lab said of a node that was cut off; with and without the words that its frame begins with.
 */
const LOST = [
  `error from daemon in stream: Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. some logs could not be retrieved for the following reasons: node ${ID} is not available\n`,
  `Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. some logs could not be retrieved for the following reasons: node ${ID} disconnected unexpectedly`,
];
const place = { node: 'node4', ready: true, container: '0123456789abcdef' };
const LOOK = '`docker node ls` says whether its node is there';

describe('a log that swarm could not read', () => {
  test.each(LOST)('of a node that is ready: the leader lost its log stream: %s', (raw) => {
    const words = logWords(Buffer.from(raw));
    expect(words).toMatch(/^some logs could not be retrieved for the following reasons: node/);
    const said = logRemedy(words, place);
    expect(said).toContain('the swarm has node4 ready');
    expect(said).toContain('when the engine on node4 is restarted or the swarm has another leader');
    expect(said).toContain('`docker logs 0123456789ab` on node4');
    expect(said).not.toContain('docker node ls');
  });

  test.each<[string, string, typeof place | undefined]>([
    ['of a node that is not ready', LOST[0] ?? '', { ...place, ready: false }],
    ['of a node that is not known', LOST[0] ?? '', undefined],
    ['of a node that the swarm has down', `node node4 (${ID}) is down: its logs cannot be read`, place],
    ['for another reason', 'task nbd3 has not been scheduled', place],
  ])('%s: where to look', (_what, raw, at) => {
    expect(logRemedy(logWords(Buffer.from(raw)), at)).toBe(LOOK);
  });
});
