import { describe, expect, it } from 'vitest';
import { formatHostPort, parseHostPort } from '../../../src/image/host-port.ts';

describe('host:port', () => {
  it.each([
    ['zk1:2181', 'zk1', 2181],
    ['zk-1.example.org:2181', 'zk-1.example.org', 2181],
    ['10.0.0.1:65535', '10.0.0.1', 65535],
    ['[fd00::1]:2181', 'fd00::1', 2181],
    ['[2001:db8:0:0:0:0:0:1]:1', '2001:db8:0:0:0:0:0:1', 1],
    ['[::ffff:10.0.0.1]:2181', '::ffff:10.0.0.1', 2181],
  ])('%s', (text, host, port) => {
    const { at } = parseHostPort(text);
    expect(at).toEqual({ host, port });
    expect(formatHostPort({ host, port })).toBe(text);
  });

  it.each([
    ['zk:2181/chroot', 'it is HOST:PORT alone; the path /chroot does not belong here'],
    ['fd00::1', 'an IPv6 address is written in brackets, with its port: [fd00::1]:PORT'],
    ['fd00::1:2181', 'an IPv6 address is written in brackets, with its port: [fd00::1]:2181'],
    ['2001:db8:1:2:3:4:5:6:2181', 'an IPv6 address is written in brackets: [2001:db8:1:2:3:4:5:6]:2181'],
    ['[fd00::1]', 'a port is missing: [fd00::1]:PORT'],
    ['[fe80::1%eth0]:2181', 'an address with a zone (%…) is known on one host only'],
    ['[zk1]:2181', 'what is in brackets is no IPv6 address'],
    ['[fd00::1::2]:2181', 'what is in brackets is no IPv6 address'],
    ['zk1', 'a port is missing: zk1:PORT'],
    ['zk1:', 'a port is missing: zk1:PORT'],
    [':2181', 'it names no host'],
    ['zk1:0', '0 is no port: 1 to 65535'],
    ['zk1:70000', '70000 is no port: 1 to 65535'],
    ['zk1:client', 'client is no port: 1 to 65535'],
    ['zk1:2181:zk2:2181', 'it has a colon too many: HOST:PORT, several with commas'],
    ['zookeeper://zk1:2181', 'it is written without zookeeper://'],
    ['zk 1:2181', 'it has a space in it'],
    ['-zk:2181', '"-zk" is no host name and no address'],
  ])('%s is none', (text, why) => {
    expect(parseHostPort(text)).toEqual({ why });
  });
});
