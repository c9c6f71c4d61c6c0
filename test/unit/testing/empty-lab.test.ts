import { expect, it } from 'vitest';
import type { Lab } from '../../../scripts/lab/lab.ts';
import { emptyLab } from '../../support/empty-lab.ts';

/** A lab of two hosts that has these objects until they are removed, by `KIND NAME`. */
function leftWith(objects: string[], labels: Record<string, string[]> = {}): { lab: Lab; left: () => string[] } {
  const left = new Set(objects);
  const of = (kind: string): string[] =>
    [...left].filter((one) => one.startsWith(`${kind} `)).map((one) => one.split(' ')[1] ?? '');
  const docker = async (_host: string, args: string[]) => {
    const [kind = '', verb = ''] = args;
    const ok = (names: string[] = []) => ({ code: 0, stdout: names.map((name) => `${name}\n`).join(''), stderr: '' });
    if (verb === 'ls') return ok(of(kind));
    if (verb === 'rm') {
      // The network is in use until its service is gone.
      if (kind === 'network' && left.size > 2) return { code: 1, stdout: '', stderr: 'in use' };
      for (const name of args.slice(2)) left.delete(`${kind} ${name}`);
      return ok();
    }
    const node = args.at(-1) ?? '';
    if (kind === 'node' && verb === 'inspect') return ok(labels[node]);
    if (kind === 'node') labels[node] = (labels[node] ?? []).filter((label) => !args.includes(label));
    return ok();
  };
  return {
    lab: { id: 'x', hosts: [{ name: 'node1' }, { name: 'node2' }], docker } as unknown as Lab,
    left: () => [...left],
  };
}

it('takes all that a file left in the swarm, and leaves the lab’s own', async () => {
  const labels = { node1: ['lab.rack', 'bundle.prod.data-1'], node2: ['lab.size'] };
  const { lab, left } = leftWith(
    ['service prod_a', 'secret prod_token', 'config prod.lock', 'network prod_net', 'network ingress'],
    labels,
  );
  const told: string[] = [];
  await emptyLab(lab, (line) => told.push(line));
  expect(left()).toEqual(['network ingress']);
  expect(labels).toEqual({ node1: ['lab.rack'], node2: ['lab.size'] });
  expect(told).toHaveLength(4);
});

it('says nothing where nothing is left', async () => {
  const told: string[] = [];
  await emptyLab(leftWith(['network ingress']).lab, (line) => told.push(line));
  expect(told).toEqual([]);
});
