import { expect, test } from 'vitest';
import { leastValues } from '../../../src/bundle/host-limits.ts';
import { validateAnswers } from '../../support/answers.ts';
import { refusal } from '../secrets/material.ts';

const read = (hosts: object) =>
  validateAnswers({ version: 1, stack: 'zookeeper', name: 'prod', nodes: ['n1', 'n2', 'n3'], hosts }, 'f');

test('hosts: of bundle.yaml, with its defaults', () => {
  expect(read({ sysctls: ['vm.max_map_count=65530'] }).hosts).toEqual({
    sysctls: ['vm.max_map_count=65530'],
    clockSeconds: 5,
    pairs: false,
  });
  expect(validateAnswers({ version: 1, stack: 'zookeeper', name: 'prod', nodes: ['n1'] }, 'f').hosts).toBeUndefined();
  expect(leastValues(['vm.max_map_count=65530', 'kernel.threads-max=1'])).toEqual({
    'vm.max_map_count': 65530,
    'kernel.threads-max': 1,
  });
});

test.each([
  [{ sysctls: ['vm.max_map_count'] }, 'hosts.sysctls.0: a name and its least value, such as vm.max_map_count=262144'],
  [{ sysctls: ['vm.x; reboot=1'] }, 'hosts.sysctls.0: a name and its least value, such as vm.max_map_count=262144'],
  [{ sysctls: ['vm.../../x=1'] }, 'hosts.sysctls.0: a name and its least value, such as vm.max_map_count=262144'],
  [{ mtu: 1 }, 'hosts.mtu: '],
  [{ swap: 'off' }, 'hosts.swap: unknown key'],
])('refuses %j', (hosts, problem) => {
  expect((refusal(() => read(hosts)).details as { problems: string[] }).problems[0]).toContain(problem);
});
