import { expect, it } from 'vitest';
import type { Api } from '../../../src/engine/api.ts';
import { nodeCalls } from '../../../src/engine/nodes.ts';
import { toldByNode } from '../../../src/engine/mapping.ts';

/** Clears the screen, and repaints a line. */
const STEERS = '\u001b[2Jno\u001b]52;c;cm0=\u0007de\r\n3\u202e';

it('says what a node tells of itself without what would steer a terminal', async () => {
  const json = async () => [
    {
      ID: 'a',
      Spec: { Role: 'worker', Availability: 'active' },
      Description: {
        Hostname: STEERS,
        Platform: { Architecture: STEERS, OS: STEERS },
        Engine: { EngineVersion: STEERS },
      },
      Status: { State: 'ready' },
    },
  ];
  const { nodes } = nodeCalls({ json } as unknown as Api, {});
  const [node] = await nodes();
  for (const text of [node?.hostname, node?.arch, node?.os, node?.engineVersion]) expect(text).toBe('node 3');
});

it.each([
  ['starting container failed: no such file', 'starting container failed: no such file'],
  ['', ''],
  [null, ''],
  [undefined, ''],
  [STEERS, 'node 3'],
  ['größer als\nerlaubt', 'größer als erlaubt'],
])('of %j says %j', (text, said) => expect(toldByNode(text)).toBe(said));
