import { describe, expect, it } from 'vitest';
import { mayBeAskedAgain, patientLab } from '../../../scripts/lab/asked-again.ts';
import { CommandError } from '../../../scripts/lab/exec.ts';
import type { Lab } from '../../../scripts/lab/lab.ts';

const LEADERLESS = 'Error response from daemon: rpc error: code = Unknown desc = The swarm does not have a leader.';
const DEADLINE = 'Error response from daemon: rpc error: code = DeadlineExceeded desc = context deadline exceeded';
const OVERTAKEN = 'Error response from daemon: rpc error: code = Unknown desc = update out of sequence';

describe('a docker command that failed may be given again', () => {
  it.each([
    [['service', 'ls', '-q'], LEADERLESS, true],
    [['node', 'inspect', 'node1'], DEADLINE, true],
    [['swarm', 'join-token', '-q', 'worker'], DEADLINE, true],
    [['ps', '-q'], DEADLINE, true],
    [['service', 'scale', 'app=0'], DEADLINE, true],
    [['node', 'update', '--label-add', 'a=b', 'node1'], LEADERLESS, true],
    [['service', 'update', '--force', 'app'], OVERTAKEN, true],
    [['service', 'update', '--force', 'app'], DEADLINE, false],
    [['service', 'create', 'image'], DEADLINE, false],
    [['swarm', 'join-token', '--rotate', 'worker'], DEADLINE, false],
    [['exec', 'id', 'ls'], DEADLINE, false],
    [['service', 'inspect', 'none'], 'Error: no such service: none', false],
  ])('%j: %s: %s', (args, said, may) => {
    expect(mayBeAskedAgain(args, said)).toBe(may);
  });
});

describe('a patient lab', () => {
  /** One whose docker fails so often in these words. */
  function failing(times: number, said = LEADERLESS): { lab: Lab; asked: () => number } {
    let asked = 0;
    const docker: Lab['docker'] = async (_host, args, options) => {
      asked += 1;
      const result = { code: 1, stdout: '', stderr: said };
      if (asked > times) return { code: 0, stdout: 'told', stderr: '' };
      if (options?.check === false) return result;
      throw new CommandError(args, 'exit code 1', result);
    };
    return { lab: { id: 'x', docker } as Lab, asked: () => asked };
  }
  const soon = { pauseMs: 1 };

  it('asks until the managers have elected a leader', async () => {
    const { lab, asked } = failing(3);
    expect((await patientLab(lab, soon).docker('node1', ['node', 'ls'])).stdout).toBe('told');
    expect(asked()).toBe(4);
  });

  it('gives up after its time, with the last failure', async () => {
    const { lab } = failing(Infinity);
    await expect(patientLab(lab, { ...soon, patienceMs: 50 }).docker('node1', ['node', 'ls'])).rejects.toThrow(
      'does not have a leader',
    );
  });

  it('asks once where it fails for another reason, or the caller looks at the failure', async () => {
    const other = failing(1, 'no such service');
    await expect(patientLab(other.lab, soon).docker('node1', ['service', 'ps', 'x'])).rejects.toThrow(
      'no such service',
    );
    const looked = failing(1);
    expect((await patientLab(looked.lab, soon).docker('node1', ['node', 'ls'], { check: false })).code).toBe(1);
    expect([other.asked(), looked.asked()]).toEqual([1, 1]);
  });

  it('is not made twice', () => {
    const lab = patientLab(failing(0).lab);
    expect(patientLab(lab)).toBe(lab);
  });
});
