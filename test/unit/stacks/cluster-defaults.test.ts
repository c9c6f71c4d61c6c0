import { describe, expect, it } from 'vitest';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { readGiven } from '../../../src/wizard/given.ts';
import { imply } from '../../../stacks/imply/index.ts';
import { cluster, noticesOf, refusals, rendered, runbookOf } from './imply.ts';

const environment = (clusterDefaults: object) =>
  rendered(cluster({ clusterDefaults })).document.services['imply-manager']?.environment ?? {};
const properties = (lists: object) => ({ clusterDefaults: { properties: lists } });

describe('properties of new clusters', () => {
  it('are one variable a service, joined by a backslash and an n', () => {
    const lists = { broker: ['druid.a=1', 'druid.b=x=y, $z'], historicalTier3: ['druid.c=2'] };
    const given = environment({ properties: lists });
    expect(given['imply_defaults_brokerCustomDruidProperties']).toBe(String.raw`druid.a=1\ndruid.b=x=y, $z`);
    expect(given['imply_defaults_historicalTier3CustomDruidProperties']).toBe('druid.c=2');
    expect(Object.keys(given).filter((name) => name.endsWith('Properties'))).toHaveLength(2);
  });

  it('stand in stack.yml as two characters, not as a line end', () => {
    const { text } = rendered(cluster(properties({ router: ['a=1', 'b=2'] })));
    expect(text).toContain(String.raw`imply_defaults_routerCustomDruidProperties: "a=1\\nb=2"`);
  });

  it.each([
    ['a line break', 'a=1\nb=2', 'holds a line break: name each property as an item of its own'],
    ['the separator', String.raw`a=1\nb=2`, 'holds a backslash and an n'],
    ['no value', 'druid.a', 'wants name=value'],
    ['a template of swarm', 'a={{x}}', 'without {{'],
  ])('%s is refused, with the reason', (_name, text, why) =>
    expect(refusals(properties({ common: [text] })).join()).toContain(`clusterDefaults.properties.common.0: ${why}`),
  );

  it('of a service that is not known are refused', () =>
    expect(refusals(properties({ brokers: ['a=1'] })).join()).toContain('brokers'));

  it('may be given by --set', () => {
    const known = { keys: bundleKeys(imply), inputs: [] };
    const { answers } = readGiven(known, undefined, [
      'clusterDefaults.properties.broker=[druid.a=1, "druid.b=[2,3]"]',
      'clusterDefaults.userExtensions={"x":"manager:///x.tar.gz"}',
    ]);
    expect(answers).toEqual({
      clusterDefaults: {
        properties: { broker: ['druid.a=1', 'druid.b=[2,3]'] },
        userExtensions: '{"x":"manager:///x.tar.gz"}',
      },
    });
    expect(refusals(answers)).toEqual([]);
  });

  it('that look like secrets are named, their values are not', () => {
    const text = noticesOf(
      properties({
        common: [
          'druid.metadata.storage.connector.password=hunter2',
          'druid.s3.secretKey=hunter3',
          'druid.azure.key=hunter4',
          'druid.monitoring.monitors=[]',
        ],
        pivot: ['sessionSecret: hunter5'],
      }),
    )['secret-property'];
    expect(text).toContain(
      'common: druid.metadata.storage.connector.password, common: druid.s3.secretKey, common: druid.azure.key, ' +
        'pivot: sessionSecret',
    );
    expect(text).not.toMatch(/hunter|monitors/);
    expect(
      noticesOf(properties({ common: ['druid.extensions.loadList=[]', 'druid.indexer.keyspace=1'] })),
    ).not.toHaveProperty('secret-property');
  });
});

describe('other defaults of new clusters', () => {
  it('are left out unless given', () => {
    expect(
      Object.keys(environment({})).filter((name) => /implyVersion|customFiles|userExtensions|UPDATE_TYPE/.test(name)),
    ).toEqual([]);
    expect(
      environment({ update: 'hard', implyVersion: '2023.03', customFiles: '[]', userExtensions: '{}' }),
    ).toMatchObject({
      IMPLY_MANAGER_DEFAULTS_UPDATE_TYPE: 'hard',
      imply_defaults_implyVersion: '2023.03',
      imply_defaults_customFiles: '[]',
      imply_defaults_userExtensions: '{}',
    });
  });

  it.each([
    ['customFiles', '{}', 'is not JSON of a list'],
    ['customFiles', '[', 'is not JSON of a list'],
    ['userExtensions', '[]', 'is not JSON of a mapping'],
    ['userExtensions', 'null', 'is not JSON of a mapping'],
  ])('%s of %s is refused', (key, text, why) =>
    expect(refusals({ clusterDefaults: { [key]: text } }).join()).toContain(why),
  );

  it('what is not documented of them is said', () => {
    expect(noticesOf({ clusterDefaults: { customFiles: '[]' } })['custom-files']).toMatch(
      /only the outer form is known/,
    );
    expect(noticesOf(properties({ pivot: ['x: 1'] }))['pivot-lines']).toMatch(/not documented/);
    expect(noticesOf({ clusterDefaults: { update: 'hard' } })).toHaveProperty('defaults-hard');
  });

  it('the runbook says where files of one’s own go', () => {
    expect(runbookOf({})['Files of your own']).toMatch(/docker cp my-extension.jar .*:\/mnt\/var\/user\//);
    expect(runbookOf({ manager: { nodes: ['node1'], hostPaths: { var: '/data/m' } } })['Files of your own']).toContain(
      'cp my-extension.jar /data/m/user/',
    );
  });
});
