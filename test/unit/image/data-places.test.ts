import { describe, expect, test } from 'vitest';
import { besideMounts, dataPlaces } from '../../../src/image/data-places.ts';

/** An image as its configuration has it, the targets of the service's volumes, and what is written beside them. */
type Row = [
  image: string,
  says: { volumes?: string[]; env?: string[] },
  mounts: string[],
  beside: string[],
  environment?: Record<string, string>,
];

const beside = (says: Row[1], mounts: string[], environment = {}): string[] =>
  besideMounts(dataPlaces({ volumes: [], env: [], ...says }, environment), { volumes: mounts, mounts }).flatMap(
    ({ mount, places }) => places.map(({ path, from }) => `${mount ?? '*'} ${path} ${from}`),
  );

describe('where an image keeps data, against the mounts of its service', () => {
  test.each<Row>([
    ['mysql:8.4', { volumes: ['/var/lib/mysql'], env: ['MYSQL_MAJOR=8.4'] }, ['/var/lib/mysql'], []],
    ['percona:8.0', { volumes: ['/var/lib/mysql', '/var/log/mysql'] }, ['/var/lib/mysql'], []],
    [
      'zookeeper:3.9',
      {
        volumes: ['/data', '/datalog', '/logs'],
        env: ['ZOO_DATA_DIR=/data', 'ZOO_DATA_LOG_DIR=/datalog', 'ZOO_LOG_DIR=/logs', 'ZOO_CONF_DIR=/conf'],
      },
      ['/data', '/datalog'],
      [],
    ],
    [
      'cp-zookeeper:7.6',
      { volumes: ['/var/lib/zookeeper/data', '/var/lib/zookeeper/log', '/etc/zookeeper/secrets'] },
      ['/data', '/datalog'],
      ['/data', '/datalog'].flatMap((mount) =>
        ['/var/lib/zookeeper/data', '/var/lib/zookeeper/log', '/etc/zookeeper/secrets'].map(
          (path) => `${mount} ${path} VOLUME`,
        ),
      ),
    ],
    [
      'an older bitnami/mysql',
      { volumes: ['/bitnami/mysql'] },
      ['/var/lib/mysql'],
      ['/var/lib/mysql /bitnami/mysql VOLUME'],
    ],
    [
      'postgres:16',
      { volumes: ['/var/lib/postgresql/data'], env: ['PGDATA=/var/lib/postgresql/data'] },
      ['/var/lib/postgresql/data'],
      [],
    ],
    [
      'postgres:18, mounted as of old',
      { volumes: ['/var/lib/postgresql'], env: ['PGDATA=/var/lib/postgresql/18/docker'] },
      ['/var/lib/postgresql/data'],
      ['* /var/lib/postgresql/18/docker PGDATA'],
    ],
    [
      'postgres:18',
      { volumes: ['/var/lib/postgresql'], env: ['PGDATA=/var/lib/postgresql/18/docker'] },
      ['/var/lib/postgresql'],
      [],
    ],
    [
      'PGDATA that the service sets',
      { volumes: ['/var/lib/postgresql/data'], env: ['PGDATA=/var/lib/postgresql/data'] },
      ['/var/lib/postgresql/data'],
      ['* /srv/pg PGDATA'],
      { PGDATA: '/srv/pg' },
    ],
    ['a variable for the place of a volume', { env: ['MYSQL_DATADIR=/var/lib/mysql/'] }, ['/var/lib/mysql'], []],
    ['several directories', { env: ['DATA_DIRS=/a,/b'] }, ['/a'], ['* /b DATA_DIRS']],
    [
      'apache/kafka',
      { volumes: ['/etc/kafka/secrets', '/var/lib/kafka/data', '/mnt/shared/config'] },
      ['/var/lib/kafka'],
      [],
    ],
    ['a mount around all', { volumes: ['/data'], env: ['DATA_DIR=/data/x'] }, ['/'], []],
    ['a mount within the volume', { volumes: ['/mnt'] }, ['/mnt/var'], []],
    ['names alike', { volumes: ['/data2'] }, ['/data'], ['/data /data2 VOLUME']],
    ['what comes with programs', { env: ['TZDATA=/usr/share/zoneinfo', 'APP_DATA_DIR=/opt/app/data'] }, ['/data'], []],
    ['no directory', { env: ['METADATA=yes', 'DATA_DIR=', 'DATADIR=relative', 'DATA'] }, ['/data'], []],
    ['nothing said', {}, ['/data'], []],
  ])('%s', (_image, says, mounts, expected, environment) => {
    expect(beside(says, mounts, environment)).toEqual(expected);
  });
});
