import { describe, expect, test } from 'vitest';
import type { SwarmTask } from '../../../src/engine/port.ts';
import { lookAdvice, mayHaveLog } from '../../../src/swarm/log-advice.ts';

const task = (change: Partial<SwarmTask>): SwarmTask => ({
  id: 'abc',
  serviceId: 's',
  nodeId: 'n1',
  desiredState: 'shutdown',
  state: 'failed',
  stateAt: '2026-01-01T00:00:00Z',
  createdAt: '2026-01-01T00:00:00Z',
  message: '',
  error: '',
  image: 'app',
  secrets: [],
  spec: {},
  ...change,
});

describe('a log is named only of a task that may have one', () => {
  test.each<[string, Partial<SwarmTask>]>([
    ['ended with a code', { exitCode: 1, containerId: 'c', error: 'task: non-zero exit (1)' }],
    ['killed', { exitCode: 137, containerId: 'c' }],
    ['ended well', { state: 'complete', exitCode: 0, containerId: 'c' }],
    ['runs', { state: 'running', containerId: 'c' }],
    ['waits for its health check', { state: 'starting', containerId: 'c' }],
    ['lost with its node', { state: 'orphaned', containerId: 'c' }],
    ['lost with its node before it was told of its container', { state: 'orphaned' }],
  ])('%s', (_what, change) => {
    expect(mayHaveLog(task(change))).toBe(true);
    expect(lookAdvice(task(change))).toContain('docker service logs abc');
  });

  test('of a node that is gone: once it is back', () => {
    expect(lookAdvice(task({ state: 'orphaned', containerId: 'c' }))).toMatch(/whole log, once its node is back$/);
    expect(lookAdvice(task({ state: 'running', containerId: 'c' }))).toMatch(/whole log$/);
  });

  test.each<[string, Partial<SwarmTask>]>([
    ['refused by its node', { state: 'rejected', error: 'No such image: app:1' }],
    ['the image is missing', { error: 'No such image: app:1' }],
    ['found no node', { state: 'pending', nodeId: '', error: 'no suitable node (1 node not available)' }],
    ['its node is going', { state: 'assigned' }],
    ['pulls', { state: 'preparing' }],
    ['waits for its turn', { state: 'ready', containerId: 'c' }],
    ['not started', { containerId: 'c', exitCode: 128, error: 'starting container failed: driver failed programming' }],
    [
      'no such program',
      { containerId: 'c', exitCode: 127, error: 'starting container failed: … executable file not …' },
    ],
    ['not made', { error: 'creating container failed: invalid mount config for type "bind"' }],
    ['its constraint went', { error: 'assigned node no longer meets constraints' }],
    ['without container and code', { error: 'network x not found' }],
  ])('%s: none', (_what, change) => {
    expect(mayHaveLog(task(change))).toBe(false);
    expect(lookAdvice(task(change))).toMatch(/docker inspect abc .*never started/);
    expect(lookAdvice(task(change))).not.toContain('service logs');
  });
});
