import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { servicesOf } from '../../../scripts/images/simulator/agent/roles.ts';
import { withVariableFiles } from '../../../scripts/images/simulator/common/environment.ts';
import { readKnobs } from '../../../scripts/images/simulator/common/knobs.ts';
import type { Log } from '../../../scripts/images/simulator/common/log.ts';
import { certificateNames } from '../../../scripts/images/simulator/manager/identity.ts';
import { describeDefaults, readDefaults } from '../../../scripts/images/simulator/manager/defaults.ts';
import { readStore } from '../../../scripts/images/simulator/manager/store.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'settings-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('variable files', () => {
  it('fill what is unset or empty, and nothing else', () => {
    writeFileSync(path.join(dir, 'EMPTY'), 'from a file\nwith two lines\n');
    writeFileSync(path.join(dir, 'UNSET'), 'x');
    writeFileSync(path.join(dir, 'GIVEN'), 'not this');
    writeFileSync(path.join(dir, 'no.variable'), 'x');
    mkdirSync(path.join(dir, 'DIRECTORY'));
    const env = withVariableFiles({ IMPLY_MANAGER_VAR_FILES_PATH: dir, EMPTY: '', GIVEN: 'this' });
    expect(env).toEqual({
      IMPLY_MANAGER_VAR_FILES_PATH: dir,
      EMPTY: 'from a file\nwith two lines',
      UNSET: 'x',
      GIVEN: 'this',
    });
  });

  it('are not read by an image that is to know nothing of them', () => {
    const env = { IMPLY_MANAGER_VAR_FILES_PATH: dir, SIMULATOR_IGNORE_VAR_FILES: '1' };
    expect(withVariableFiles(env)).toEqual(env);
    expect(() => withVariableFiles({ SIMULATOR_IGNORE_VAR_FILES: 'yes' })).toThrow(/'yes' is none of 0, 1/);
  });

  it('need not be there', () => {
    expect(withVariableFiles({ IMPLY_MANAGER_VAR_FILES_PATH: path.join(dir, 'none'), A: '1' })['A']).toBe('1');
  });
});

describe('knobs', () => {
  it('are refused when misspelt, so that no test passes because of it', () => {
    expect(() => readKnobs({ SIMULATOR_FAULTS: 'plain-http,wrong-nam' })).toThrow(/'wrong-nam' is none of/);
    expect(() => readKnobs({ SIMULATOR_LOG_STYLE: 'pretty' })).toThrow(/SIMULATOR_LOG_STYLE/);
    expect(() => readKnobs({ SIMULATOR_DRAIN: '5s' })).toThrow(/SIMULATOR_DRAIN: '5s' is no number/);
    expect([...readKnobs({ SIMULATOR_FAULTS: 'plain-http, wrong-name' }).faults]).toEqual(['plain-http', 'wrong-name']);
  });
});

describe('imply_defaults_*', () => {
  const { values, properties, unknown } = readDefaults({
    imply_defaults_zkHosts: 'zk:2181',
    imply_defaults_zkhosts: 'wrong case',
    IMPLY_DEFAULTS_ZKHOSTS: 'wrong case',
    imply_defaults_metadataStorageType: '',
    imply_defaults_commonCustomDruidProperties: 'a=1\\nb=2',
    imply_defaults_brokerCustomDruidProperties: 'a=1\nb=2',
  });

  it('are case-sensitive, and others are told of', () => {
    expect(values['zkHosts']).toBe('zk:2181');
    expect(unknown).toEqual(['imply_defaults_zkhosts', 'IMPLY_DEFAULTS_ZKHOSTS']);
  });

  it('join properties with a backslash and an n, not with a line end', () => {
    expect(properties['common']).toEqual(['a=1', 'b=2']);
    expect(properties['broker']).toEqual(['a=1\nb=2']);
  });

  it('are told by name, no value among them', () => {
    const told = describeDefaults(
      readDefaults({
        imply_defaults_deepStorageType: 's3',
        imply_defaults_deepStorageUser: 'AK',
        imply_defaults_deepStoragePassword: 'hunter2',
        imply_defaults_commonCustomDruidProperties: 'a.b=hunter3\\nc=hunter4',
        imply_defaults_pivotCustomDruidProperties: 'x: hunter5',
      }),
    );
    expect(told).toBe('deep storage s3 with a user and a key; properties of common a.b c; properties of pivot x');
    expect(describeDefaults(readDefaults({ imply_defaults_deepStorageType: 'local' }))).toBe('deep storage local');
  });
});

describe('the store', () => {
  const log = (() => undefined) as unknown as Log;
  const knobs = readKnobs({});
  const env = {
    IMPLY_MANAGER_STORE_TYPE: 'mysql',
    IMPLY_MANAGER_STORE_HOST: 'mysql',
    IMPLY_MANAGER_STORE_PORT: '3306',
    IMPLY_MANAGER_STORE_USER: 'root',
    IMPLY_MANAGER_STORE_PASSWORD: 'x',
    IMPLY_MANAGER_STORE_DATABASE: 'imply_manager',
  };

  it('needs all six variables', () => {
    expect(readStore(env, knobs, log).port).toBe(3306);
    expect(() =>
      readStore({ ...env, IMPLY_MANAGER_STORE_USER: '', IMPLY_MANAGER_STORE_HOST: undefined }, knobs, log),
    ).toThrow(/STORE_HOST, IMPLY_MANAGER_STORE_USER/);
    expect(() => readStore({ ...env, IMPLY_MANAGER_STORE_TYPE: 'mariadb' }, knobs, log)).toThrow(/mariadb/);
  });

  it('takes no database name with a dash or a space, unless only a warning was asked for', () => {
    const dashed = { ...env, IMPLY_MANAGER_STORE_DATABASE: 'imply-manager' };
    expect(() => readStore(dashed, knobs, log)).toThrow(/imply-manager/);
    expect(readStore(dashed, { ...knobs, databaseNameCheck: 'warn' }, log).database).toBe('imply-manager');
  });
});

describe('names and ports', () => {
  it('puts the given names in the certificate, none by magic', () => {
    const names = certificateNames({ IMPLY_MANAGER_HOSTNAMES: 'imply-manager, manager.example' });
    expect(names.slice(0, 2)).toEqual(['imply-manager', 'manager.example']);
    expect(names).toContain('localhost');
    expect(certificateNames({})).not.toContain('imply-manager');
  });

  it.each([
    ['master', false, [8081, 8090]],
    ['master', true, [8281, 8290]],
    ['query', false, [8082, 8888, 9095]],
    ['query', true, [8282, 9088, 9095]],
    ['dataTier2', true, [8283, 8291]],
    ['data', false, [8083, 8091]],
    ['', false, []],
  ])('opens the ports of a %s (TLS %s)', (nodeType, tls, ports) => {
    expect(servicesOf(nodeType, tls).map(({ port }) => port)).toEqual(ports);
  });
});
