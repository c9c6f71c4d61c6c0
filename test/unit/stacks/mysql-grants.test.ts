import { describe, expect, it } from 'vitest';
import { rightsOf } from '../../../stacks/mysql/grants.ts';

const ALL = ['CREATE', 'ALTER', 'DROP', 'INDEX', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const rights = (lines: string[], wildcards = true) => rightsOf(lines, 'imply_manager', { wildcards });

describe('rights by SHOW GRANTS', () => {
  it('nothing, as MySQL writes it', () => {
    expect(rights(['GRANT USAGE ON *.* TO `u`@`%`'])).toEqual({ create: false, createLike: [], lacks: ALL });
  });

  it.each([
    ['5.7', "GRANT ALL PRIVILEGES ON *.* TO 'u'@'%' WITH GRANT OPTION"],
    [
      '8 and 9, which list them',
      'GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, INDEX, ALTER, SHOW DATABASES, CREATE ' +
        'TEMPORARY TABLES ON *.* TO `u`@`%`',
    ],
  ])('everything, as %s writes it', (_version, line) => {
    expect(rights([line])).toEqual({ create: true, createLike: [], lacks: [] });
  });

  it('databases by pattern: wildcards, and wildcards with a backslash', () => {
    const on = (pattern: string, wildcards = true) =>
      rights(['GRANT USAGE ON *.* TO `u`@`%`', `GRANT ALL PRIVILEGES ON \`${pattern}\`.* TO \`u\`@\`%\``], wildcards);
    expect(on('imply\\_%')).toEqual({ create: false, createLike: ['imply\\_%'], lacks: [] });
    expect(on('imply_manager').lacks).toEqual([]);
    expect(on('implyXmanager').lacks).toEqual(ALL);
    expect(on('imply\\%').lacks).toEqual(ALL);
    expect(on('other%').lacks).toEqual(ALL);
    // With partial_revokes names are names.
    expect(on('imply%', false).lacks).toEqual(ALL);
    expect(on('imply_manager', false).lacks).toEqual([]);
  });

  it('may make databases, and not use them', () => {
    expect(rights(['GRANT CREATE ON *.* TO `u`@`%`'])).toEqual({
      create: true,
      createLike: [],
      lacks: ALL.filter((right) => right !== 'CREATE'),
    });
  });

  it('what is taken back for the database counts as missing', () => {
    const lines = [
      'GRANT ALL PRIVILEGES ON *.* TO `u`@`%`',
      'REVOKE DROP ON `imply_manager`.* FROM `u`@`%`',
      'REVOKE CREATE ON `other`.* FROM `u`@`%`',
    ];
    expect(rights(lines, false)).toEqual({ create: true, createLike: [], lacks: ['DROP'] });
  });

  it('roles, tables and routines make no database', () => {
    expect(
      rights([
        'GRANT `r`@`%` TO `u`@`%`',
        'GRANT CREATE ON `imply_manager`.`t` TO `u`@`%`',
        'GRANT EXECUTE ON PROCEDURE `imply_manager`.`p` TO `u`@`%`',
      ]).lacks,
    ).toEqual(ALL);
  });
});
