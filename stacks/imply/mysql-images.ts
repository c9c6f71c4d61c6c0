import type { OtherImage } from '../common/other-images.ts';

/** docker-library: mysql. */
export const OFFICIAL_MYSQL = {
  name: 'mysql',
  contract: 'MYSQL_ROOT_PASSWORD_FILE for a root that may come from other hosts, and on data in /var/lib/mysql',
};

/** The READMEs and entry scripts of each: bitnami/containers, percona/percona-docker, mysql/mysql-docker. */
export const OTHER_MYSQLS: readonly OtherImage[] = [
  {
    repository: /(^|\/)bitnami(legacy|secure)?\/|(^|\/)bitnami-(mysql|mariadb)$/,
    contract: 'Bitnami’s keeps data in /bitnami/mysql and runs as user 1001',
  },
  {
    repository: /(^|\/)percona\/|(^|\/)percona(-server|-xtradb-cluster)?$/,
    contract: 'Percona’s has an entry script of its own and runs as user 1001, who must be able to write the volume',
  },
  {
    repository: /(^|\/)mysql\/(mysql-server|mysql-cluster|community-server|enterprise-server)$|(^|\/)mysql-server$/,
    contract: 'Oracle’s lets root log in from its own container only, unless MYSQL_ROOT_HOST says otherwise',
  },
];
