/** What Kafka's jobs do before they ask anything: run by bash, as in their image. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { BEGIN } from '../../../stacks/kafka/quorum/client.ts';

it('keep what they write in memory, and from others: a job that is cut off removes nothing', () => {
  const script = `${BEGIN}\necho secret > $dir/admin; stat -c '%n %a' $dir/admin; stat -f -c %T $dir; rm -r $dir`;
  const [file = '', system] = execFileSync('bash', ['-euc', script]).toString().trimEnd().split('\n');
  expect(file).toMatch(/^\/dev\/shm\/[^/]+\/admin 600$/);
  expect(system).toBe('tmpfs');
});
