import { describe, expect, it } from 'vitest';
import { besideManager, heldAs } from '../../../stacks/imply/questions/images.ts';

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

describe('an image that the engine holds', () => {
  it.each([
    ['imply/manager:2023.03.1', 'manager'],
    ['r.example:5000/imply/manager:9', 'manager'],
    ['r.example/imply-manager:9', 'manager'],
    ['r.example/Imply-Cloud-Manager:9', 'manager'],
    ['r.example/imply/cloud/manager:9', 'manager'],
    ['r.example/imply-agent:9', 'agent'],
    // What a tag without a number holds changes; others are other programs.
    ['imply/manager:latest', undefined],
    ['r.example/simply/manager:9', undefined],
    ['r.example/imply-managers:9', undefined],
    ['cloudera/manager:7', undefined],
    ['imply/manager-tools:1', undefined],
  ] as const)('%s may be %s', (image, what) => {
    for (const each of ['manager', 'agent'] as const)
      expect(heldAs(each, ['mysql:8', image])).toEqual(each === what ? [image] : []);
  });
});
