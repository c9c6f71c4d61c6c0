import { describe, expect, it } from 'vitest';
import { parseArgs, UsageError } from '../../../scripts/lab/args.ts';

describe('parseArgs', () => {
  it.each([
    [[], { kind: 'help' }],
    [['--help'], { kind: 'help' }],
    [['up', '--help'], { kind: 'help' }],
    [['up'], { kind: 'up', id: 'lab', hosts: 4 }],
    [['--id', 'x', 'up', '--hosts', '7', '--heartbeat', '1'], { kind: 'up', id: 'x', hosts: 7, heartbeatSeconds: 1 }],
    [['down', '--id', 'x'], { kind: 'down', id: 'x' }],
    [['status'], { kind: 'status', id: 'lab' }],
    [['cut', 'node2'], { kind: 'cut', id: 'lab', host: 'node2' }],
    [['env', 'node1'], { kind: 'env', id: 'lab', host: 'node1' }],
    [['publish', 'a.tar'], { kind: 'publish', id: 'lab', image: 'a.tar' }],
    [['publish', 'a', 'b:1'], { kind: 'publish', id: 'lab', image: 'a', name: 'b:1' }],
  ])('%j', (argv, command) => {
    expect(parseArgs(argv)).toEqual(command);
  });

  it('leaves the arguments of docker and exec alone', () => {
    const docker = ['run', '--help', '--id', 'y', '-h'];
    expect(parseArgs(['--id', 'x', 'docker', 'node1', ...docker])).toEqual({ kind: 'docker', id: 'x', host: 'node1', args: docker });
    expect(parseArgs(['exec', 'switch', 'curl', '-h'])).toEqual({ kind: 'exec', id: 'lab', where: 'switch', argv: ['curl', '-h'] });
  });

  it.each([
    [['fly'], "unknown command 'fly'"],
    [['--fast', 'up'], "'--fast'"],
    [['up', '--hosts'], '--hosts: a value is missing'],
    [['up', '--hosts', '8'], "not '8'"],
    [['up', '--hosts', '2.5'], "not '2.5'"],
    [['up', 'node1'], "'node1'"],
    [['down', 'node1'], 'one argument too many'],
    [['kill'], 'HOST is missing'],
    [['docker'], 'HOST is missing'],
    [['exec', 'switch'], 'which command'],
    [['down', '--id'], '--id: a value is missing'],
  ])('%j is wrong usage', (argv, message) => {
    expect(() => parseArgs(argv)).toThrow(UsageError);
    expect(() => parseArgs(argv)).toThrow(message);
  });
});
