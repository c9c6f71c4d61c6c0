import { describe, expect, it, onTestFinished } from 'vitest';
import { missingOracles, requireOracle } from '../../support/oracle.ts';
import { missingMaven } from '../../../scripts/images/maven/maven.ts';

const [schema, config] = [() => [], () => ({})];

describe('a run that must prove something', () => {
  it.each([
    [{ schema, config }, []],
    [{ schema: undefined, config }, [/v3\.8 schema .*BUNDLE_COMPOSE_SCHEMA/]],
    [{ schema, config: undefined }, [/docker CLI from 23/]],
    [{ schema: undefined, config: undefined }, [/schema/, /docker CLI/]],
  ])('needs both oracles: %o', (here, missing) => {
    expect(missingOracles(here)).toEqual(missing.map((each) => expect.stringMatching(each)));
  });

  it('fails if there is no docker CLI, also with the schema', () => {
    const { PATH, BUNDLE_REQUIRE_ORACLE } = process.env;
    onTestFinished(() => {
      process.env['PATH'] = PATH;
      if (BUNDLE_REQUIRE_ORACLE === undefined) delete process.env['BUNDLE_REQUIRE_ORACLE'];
      else process.env['BUNDLE_REQUIRE_ORACLE'] = BUNDLE_REQUIRE_ORACLE;
    });
    process.env['PATH'] = '/nonexistent';
    process.env['BUNDLE_REQUIRE_ORACLE'] = '1';
    expect(() => requireOracle()).toThrow('a docker CLI from 23.0 on');
    delete process.env['BUNDLE_REQUIRE_ORACLE'];
    expect(requireOracle().config).toBeUndefined();
  });
});

it('Maven is installed if it is not here', () => {
  expect(missingMaven(() => undefined)).toEqual(['maven']);
  expect(missingMaven(() => '/usr/bin/mvn')).toEqual([]);
});
