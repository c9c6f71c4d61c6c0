import { describe, expect, it } from 'vitest';
import { BundleError } from '../../../src/errors.ts';
import { validateAnswers } from '../../support/answers.ts';
import { heapNotice } from '../../../stacks/common/heap.ts';

const zookeeper = (reserve: Record<string, string>, over: Record<string, unknown> = {}) =>
  validateAnswers(
    { version: 1, stack: 'zookeeper', name: 'zk', nodes: ['a', 'b', 'c'], reserve, ...over },
    'bundle.yaml',
  );
const refusalOf = (reserve: Record<string, string>): string => {
  try {
    zookeeper(reserve);
    return '';
  } catch (error) {
    if (error instanceof BundleError) return error.message;
    throw error;
  }
};

describe('an amount of memory or CPUs', () => {
  it.each([
    [{ memory: '2' }, 'below the 4M that a swarm takes at least; a number alone is bytes'],
    [{ memory: '2000k' }, 'below the 4M'],
    [{ memory: '3M' }, 'below the 4M'],
    [{ cpus: '0.0005' }, 'below the 0.001'],
  ])('that no swarm takes is refused: %o', (reserve, why) => expect(refusalOf(reserve)).toContain(why));

  it('that is no size is refused for that alone', () => {
    expect(refusalOf({ memory: '2 gigs', cpus: 'one' })).toContain('a size such as 500M or 2G');
    expect(refusalOf({ memory: '2 gigs', cpus: 'one' })).not.toContain('at least');
  });

  it.each([{ memory: '0' }, { memory: '4M' }, { memory: '4194304' }, { cpus: '0' }, { cpus: '0.001' }])(
    'is taken: %o',
    (reserve) => expect(refusalOf(reserve)).toBe(''),
  );
});

describe('a Java heap', () => {
  const at = { heap: 'heapMb', reserve: 'reserve.memory' };
  it.each([
    ['100M', true],
    ['1023M', true],
    ['1G', false],
    ['0', false],
  ])('of 1024 MB beside %s that are reserved', (reserved, warned) =>
    expect(heapNotice(1024, reserved, at).length > 0).toBe(warned),
  );

  it('that does not fit is told by the stack, with what to set', () => {
    const bundle = zookeeper({ memory: '500M' });
    const { notices } = bundle.definition.plan(bundle.name, bundle.answers);
    expect(notices.find(({ name }) => name === 'heap-unreserved')).toMatchObject({
      level: 'warning',
      hint: expect.stringContaining('set reserve.memory to 1024M') as string,
    });
  });
});
