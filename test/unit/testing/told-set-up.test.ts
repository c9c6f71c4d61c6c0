import { afterEach, expect, it, vi } from 'vitest';
import type { TestProject } from 'vitest/node';
import { told } from '../../support/told-set-up.ts';

afterEach(() => void vi.restoreAllMocks());

it('a global set-up and its teardown say themselves why they fail, and fail', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const project = {} as TestProject;
  const failing = (words: string) => () => Promise.reject(new Error(words));
  await expect(told(failing('no lab'))(project)).rejects.toThrow('no lab');
  const teardown = await told(async () => failing('it stays'))(project);
  await expect(teardown?.()).rejects.toThrow('it stays');
  expect(said.mock.calls.map(([line]) => line)).toEqual(['global set-up: no lab\n', 'global set-up: it stays\n']);
  expect(await told(async () => undefined)(project)).toBeUndefined();
});
