import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** No word of a product stands in src/: what is known of one is in its folder of stacks/. */
const WORDS = [
  'imply',
  'druid',
  'pivot',
  'zookeeper',
  'mysql',
  'mariadb',
  'postgres',
  'kafka',
  'confluent',
  'hadoop',
  'flink',
];
/** Drivers of databases, which the words do not find. */
const DRIVERS = [
  'better-sqlite3',
  'cassandra-driver',
  'ioredis',
  'knex',
  'mongodb',
  'mssql',
  'node:sqlite',
  'oracledb',
  'pg',
  'pg-[a-z-]+',
  'redis',
  'sequelize',
  'sqlite3',
  'tedious',
  'typeorm',
];
/** A folder of stacks/ that is no product. */
const SHARED = ['common'];

const ROOT = join(import.meta.dirname, '../../..');

interface Line {
  at: string;
  text: string;
}

function linesOf(folder: string): Line[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      const at = file.slice(ROOT.length + 1);
      return [at, ...readFileSync(file, 'utf8').split('\n')].map((text, line) => ({ at: `${at}:${line}`, text }));
    });
}

const drivers = new RegExp(`(?:from|import\\(|import|require\\() ?['"](?:${DRIVERS.join('|')})[/'"]`);
const importsDriver = (text: string): boolean => drivers.test(text);

/** `simply` holds no product. */
const found = (lines: Line[], words: readonly string[]): string[] => {
  const word = new RegExp(`(?<![Ss])(?:${words.join('|')})`, 'i');
  return lines.filter(({ text }) => word.test(text)).map(({ at, text }) => `${at} ${text.trim()}`);
};

describe('src/', () => {
  it('names no product, in code, comments and names of files', () => {
    expect(found(linesOf('src'), WORDS)).toEqual([]);
  });

  it('imports no database driver', () => {
    expect(linesOf('src').filter(({ text }) => importsDriver(text))).toEqual([]);
  });
});

describe('the list of words', () => {
  it('has every folder of stacks/', () => {
    const folders = readdirSync(join(ROOT, 'stacks'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const products = folders.map(({ name }) => name).filter((name) => !SHARED.includes(name));
    expect(products.filter((name) => !WORDS.some((word) => name.includes(word)))).toEqual([]);
  });

  it('finds what it is to find', () => {
    const lines = ['import x from "mysql2"', 'IMPLY_MANAGER', '/** Kafka’s */', 'simply'].map((text, index) => ({
      at: String(index),
      text,
    }));
    expect(found(lines, WORDS)).toHaveLength(3);
    expect(found(linesOf('stacks/mysql'), WORDS)).not.toEqual([]);
    expect(linesOf('stacks').filter(({ text }) => importsDriver(text))).not.toEqual([]);
  });
});
