import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { interfaceOf, parseFacts } from '../../../../src/checks/hosts/parse.ts';
import { factsScript } from '../../../../src/checks/hosts/script.ts';

const linux = existsSync('/proc/net/tcp');
if (!linux) process.stderr.write('SKIPPED, the program that asks hosts needs /proc\n');
const shells = [['sh'], ['bash'], ['busybox', 'sh']].filter(([program = '', ...args]) => {
  try {
    execFileSync(program, [...args, '-c', 'exit 0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** The job's program as it is, in the shells of this machine, asked of this machine. */
test.skipIf(!linux).each(shells)('the program that asks a host, in %s', async (program, ...args) => {
  const tcp = createServer().listen(0, '127.0.0.1');
  const udp = createSocket('udp4').bind(0);
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
  const [taken, spoken] = [(tcp.address() as AddressInfo).port, udp.address().port];
  const printed = execFileSync(
    program,
    [...args, '-c', factsScript(['vm.max_map_count', 'kernel.threads-max', 'vm.nothing_like_it'], [taken, spoken, 1])],
    { encoding: 'utf8' },
  );
  tcp.close();
  udp.close();
  const facts = parseFacts(printed.split('\n'));
  expect(facts?.sysctls).toEqual({
    'vm.max_map_count': readFileSync('/proc/sys/vm/max_map_count', 'utf8').trim(),
    'kernel.threads-max': readFileSync('/proc/sys/kernel/threads-max', 'utf8').trim(),
  });
  const { bavail, bsize } = statfsSync('/etc/hostname');
  expect(facts?.freeBytes).toBeGreaterThan(0.9 * bavail * bsize);
  expect(facts?.freeBytes).toBeLessThan(1.1 * bavail * bsize);
  expect(facts?.mtus['lo']).toBe(Number(readFileSync('/sys/class/net/lo/mtu', 'utf8')));
  expect([...(facts?.listed ?? [])]).toEqual(['tcp', 'udp']);
  const has6 = existsSync('/proc/net/if_inet6') && / lo$/m.test(readFileSync('/proc/net/if_inet6', 'utf8'));
  expect(interfaceOf('::1', facts!)).toBe(has6 ? 'lo' : undefined);
  expect([...(facts?.open ?? [])].sort()).toEqual([`tcp ${taken}`, `udp ${spoken}`].sort());
});

test('an answer that is cut short is none; a stranger’s lines are passed over', () => {
  expect(parseFacts(['bundle-host sysctl vm.max_map_count 1'])).toBeUndefined();
  expect(parseFacts(['sysctl vm.max_map_count 1', 'bundle-host disk many', 'bundle-host end'])).toMatchObject({
    sysctls: {},
    freeBytes: undefined,
  });
});

test('the interface of an address is that of the narrowest network around it', () => {
  const facts = parseFacts([
    'bundle-host route eth0 00000000 00000000',
    'bundle-host route eth1 0000000A 000000FF',
    'bundle-host route eth2 0001000A 00FFFFFF',
    'bundle-host end',
  ]);
  const nameOf = (address: string) => interfaceOf(address, facts!);
  expect(['10.0.1.7', '10.9.1.7', '192.168.1.1', 'fd00::1'].map(nameOf)).toEqual(['eth2', 'eth1', 'eth0', undefined]);
});

test.each([
  ['fd00::1', 'eth1'],
  ['2001:DB8:0:1::a', 'eth2'],
  ['2001:db8:0:1:0:0:0:a', 'eth2'],
  ['::1', 'lo'],
  ['fe80::', 'eth3'],
  ['fd00::2', undefined],
])('the interface that has the IPv6 address %s is %s', (address, name) => {
  const facts = parseFacts([
    'bundle-host address lo 00000000000000000000000000000001',
    'bundle-host address eth1 fd000000000000000000000000000001',
    'bundle-host address eth2 20010db800000001000000000000000a',
    'bundle-host address eth3 fe800000000000000000000000000000',
    'bundle-host end',
  ]);
  expect(interfaceOf(address, facts!)).toBe(name);
});
