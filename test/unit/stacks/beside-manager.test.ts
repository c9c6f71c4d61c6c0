import { describe, expect, it } from 'vitest';
import { besideManager } from '../../../stacks/imply/questions/images.ts';

describe('where the agent’s image may be', () => {
  it.each([
    [
      'registry.example.com:5000/imply/manager:2024.1',
      ['registry.example.com:5000/imply/agent:2024.1', 'registry.example.com:5000/imply/agent:v15'],
    ],
    ['r.example/imply-manager:9', ['r.example/imply-agent:9', 'r.example/imply-agent:v15']],
    ['r.example/IMPLY/manager', ['r.example/IMPLY/agent:v15']],
    ['[fd00::1]:5000/manager:9', ['[fd00::1]:5000/agent:9', '[fd00::1]:5000/agent:v15']],
    // The default says it itself; a digest, or a name of another kind, says nothing of the agent's.
    ['imply/manager:2023.03.1', []],
    ['r.example/manager@sha256:0123', []],
    ['r.example/druid-console:1', []],
    ['manager:1', []],
    ['', []],
  ])('beside %s', (manager, agents) => expect(besideManager(manager)).toEqual(agents));
});
