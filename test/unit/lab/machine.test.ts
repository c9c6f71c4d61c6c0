import { describe, expect, it, onTestFinished } from 'vitest';
import { detectCgroups } from '../../../scripts/lab/cgroup.ts';
import { fitsEngine, majorVersion } from '../../../scripts/lab/docker-cli.ts';
import { systemPath } from '../../../scripts/lab/exec.ts';
import { missingPackages } from '../../../scripts/lab/packages.ts';
import { unreachableReason, unsupportedReason } from '../../../scripts/lab/support.ts';

const UNIFIED = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
const NAMED = '31 23 0:27 / /sys/fs/cgroup/systemd rw shared:9 - cgroup cgroup rw,xattr,name=systemd';
const CPU = '32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct';
const PIDS = '33 23 0:29 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids';

describe('detectCgroups', () => {
  it('knows version 2', () => {
    expect(detectCgroups(UNIFIED)).toEqual({ version: 2, hierarchies: [{ controllers: '', root: '/sys/fs/cgroup' }] });
  });

  it("takes systemd's named hierarchy beside version 2 for no sign of version 1", () => {
    expect(detectCgroups([NAMED, UNIFIED].join('\n')).version).toBe(2);
  });

  it('knows version 1, with controllers that share a hierarchy, and version 2 beside it', () => {
    expect(detectCgroups([UNIFIED, NAMED, CPU, PIDS, PIDS].join('\n'))).toEqual({
      version: 1,
      hierarchies: [
        { controllers: 'name=systemd', root: '/sys/fs/cgroup/systemd' },
        { controllers: 'cpu,cpuacct', root: '/sys/fs/cgroup/cpu,cpuacct' },
        { controllers: 'pids', root: '/sys/fs/cgroup/pids' },
      ],
    });
  });

  it('says so when there is neither', () => {
    expect(() => detectCgroups('1 2 0:3 / / rw - ext4 /dev/vda rw')).toThrow('neither version');
  });
});

describe('the docker CLI', () => {
  it.each([
    ['Docker version 28.2.2, build e6534b4', 28],
    ['Docker version 20.10.24+dfsg1, build 297e128', 20],
    ['podman version 4.3.1', 4],
    ['command not found', undefined],
  ])('%s', (output, major) => {
    expect(majorVersion(output)).toBe(major);
  });

  it('must know `stack config`, and speak an API that the engine has', () => {
    expect(fitsEngine(20, 20)).toBe(false);
    expect(fitsEngine(28, 20)).toBe(true);
    expect(fitsEngine(29, 20)).toBe(false);
    expect(fitsEngine(29, 28)).toBe(true);
  });
});

describe('packages', () => {
  it('names each package once, and none when all programs are there', () => {
    const both = { system: true, fetched: true };
    expect(missingPackages(both, () => '/usr/bin/x')).toEqual([]);
    expect(missingPackages(both, (program) => (['dockerd', 'ip'].includes(program) ? undefined : '/x'))).toEqual([
      'iproute2',
      'docker.io',
    ]);
    const all = missingPackages(both, () => undefined);
    expect(new Set(all).size).toBe(all.length);
  });

  it("asks for the machine's own engine, and for what fetched ones need, only where a host runs such a one", () => {
    const of = (system: boolean, fetched: boolean): string[] =>
      missingPackages({ system, fetched }, () => undefined).filter((name) =>
        /docker.io|containerd|runc|patchelf/.test(name),
      );
    expect(of(true, false)).toEqual(['docker.io', 'containerd', 'runc']);
    expect(of(false, true)).toEqual(['patchelf']);
    expect(missingPackages(undefined, () => undefined)).not.toContain('docker.io');
  });

  it('finds system programs without them on PATH', () => {
    expect(systemPath('/usr/bin::/bin')).toBe('/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin');
    expect(systemPath('/sbin:/usr/sbin:/usr/local/sbin')).toBe('/sbin:/usr/sbin:/usr/local/sbin');
  });
});

describe('a machine that is no lab', () => {
  const pretend = (key: 'arch' | 'platform', value: string): void => {
    const was = process[key];
    Object.defineProperty(process, key, { value });
    onTestFinished(() => void Object.defineProperty(process, key, { value: was }));
  };

  it('of another architecture: said before anything is fetched, unless its own engine is asked for', () => {
    const here = unsupportedReason(['system']);
    pretend('arch', 'arm64');
    expect(unsupportedReason(['system', '28'])).toBe(
      here ?? "the lab's engines are Debian's packages of amd64, and this machine is arm64",
    );
    expect(unsupportedReason(['system'])).toBe(here);
  });

  it('of another system has no labs to look for', () => {
    pretend('platform', 'darwin');
    expect(unreachableReason()).toMatch(/^the lab needs Linux .* this is darwin$/);
  });
});
