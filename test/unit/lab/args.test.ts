import { CommanderError } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { type Command, labCommandLine } from '../../../scripts/lab/args.ts';

function read(argv: readonly string[]): Command | undefined {
  let read: Command | undefined;
  labCommandLine((command) => (read = command)).parse(argv, { from: 'user' });
  return read;
}

/** What is said on standard error, and the code that is thrown. */
function refusal(argv: readonly string[]): { said: string; error: unknown } {
  let said = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true));
  try {
    return { said, error: read(argv) };
  } catch (error) {
    return { said, error };
  } finally {
    write.mockRestore();
  }
}

describe("the lab's command line", () => {
  it.each([
    [['up'], { kind: 'up', id: 'lab', hosts: 4 }],
    [['--id', 'x', 'up', '--hosts', '7', '--heartbeat', '1'], { kind: 'up', id: 'x', hosts: 7, heartbeatSeconds: 1 }],
    [['up', '--engine', '20.10'], { kind: 'up', id: 'lab', hosts: 4, engine: '20.10', engines: {} }],
    [
      ['up', '--engine', 'node1=28,node2=20.10'],
      { kind: 'up', id: 'lab', hosts: 4, engines: { node1: '28', node2: '20.10' } },
    ],
    [
      ['up', '--engine=26,node4=system'],
      { kind: 'up', id: 'lab', hosts: 4, engine: '26', engines: { node4: 'system' } },
    ],
    [
      ['up', '--image-store', 'containerd'],
      { kind: 'up', id: 'lab', hosts: 4, imageStore: 'containerd', imageStores: {} },
    ],
    [['upgrade', 'node2', '--engine', '28'], { kind: 'upgrade', id: 'lab', host: 'node2', engine: '28' }],
    [['down', '--id', 'x'], { kind: 'down', id: 'x' }],
    [['--id', 'y', 'down', '--id', 'x'], { kind: 'down', id: 'x' }],
    [['status'], { kind: 'status', id: 'lab' }],
    [['cut', 'node2'], { kind: 'cut', id: 'lab', host: 'node2' }],
    [['env', 'node1'], { kind: 'env', id: 'lab', host: 'node1' }],
    [['publish', 'a.tar'], { kind: 'publish', id: 'lab', image: 'a.tar' }],
    [['publish', 'a', 'b:1'], { kind: 'publish', id: 'lab', image: 'a', name: 'b:1' }],
  ])('%j', (argv, command) => {
    expect(read(argv)).toEqual(command);
  });

  it('leaves the arguments of docker and exec alone', () => {
    const docker = ['run', '--help', '--id', 'y', '-h', '--', 'x'];
    expect(read(['--id', 'x', 'docker', 'node1', ...docker])).toEqual({
      kind: 'docker',
      id: 'x',
      host: 'node1',
      args: docker,
    });
    expect(read(['exec', 'switch', 'curl', '-h'])).toEqual({
      kind: 'exec',
      id: 'lab',
      where: 'switch',
      argv: ['curl', '-h'],
    });
  });

  it.each([
    [['fly'], "unknown command 'fly'"],
    [['--fast', 'up'], "'--fast'"],
    [['up', '--hosts'], 'argument missing'],
    [['up', '--hosts', '8'], 'from 1 to 7'],
    [['up', '--hosts', '2.5'], "'2.5' is invalid"],
    [['up', 'node1'], 'too many arguments'],
    [['up', '--engine', '27'], "engine '27': there are 20.10, 26, 28, newest, system"],
    [['up', '--engine', '28,26'], 'two values for all hosts'],
    [['up', '--hosts', '2', '--engine', 'node3=28'], "engines for 'node3': the hosts are node1, node2"],
    [['up', '--image-store', 'aufs'], "image store 'aufs'"],
    [['upgrade', 'node1'], '--engine'],
    [['down', 'node1'], 'too many arguments'],
    [['kill'], "missing required argument 'host'"],
    [['docker'], "missing required argument 'host'"],
    [['exec', 'switch'], "missing required argument 'command'"],
    [['down', '--id'], 'argument missing'],
    [['down', '--id', 'A/b'], 'lab id'],
  ])('%j is wrong usage', (argv, message) => {
    const { said, error } = refusal(argv);
    expect(error).toBeInstanceOf(CommanderError);
    expect((error as CommanderError).exitCode).not.toBe(0);
    expect(said).toContain(message);
    expect(said).toContain('Usage: npm run lab --');
  });
});
