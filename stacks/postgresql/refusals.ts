import { LoginError, type DatabaseLogin } from '../common/database/reading.ts';
import { identifier } from './identifier.ts';

/** invalid_catalog_name: user and password are good, and there is no such database. */
export const NO_SUCH_DATABASE = '3D000';

/**
 * What an error of a PostgreSQL at login means, by its SQLSTATE (PostgreSQL documentation, "PostgreSQL Error Codes").
 * Undefined for what is not the server's word, such as a connection that failed, and for a code that is none of these.
 */
export function postgresqlRefusal(
  error: unknown,
  { user, database }: Pick<DatabaseLogin, 'user' | 'database'>,
): LoginError | undefined {
  const { code, severity, message } = error as { code?: string; severity?: string; message: string };
  // Only the server's own errors have a severity.
  if (severity === undefined) return undefined;
  switch (code) {
    // invalid_password
    case '28P01':
      return new LoginError('refused', message);
    // invalid_authorization_specification: pg_hba.conf has no line for this machine, this user, this database, and TLS
    // or not; or there is no such role, or it may not log in.
    case '28000':
      return new LoginError(message.includes('pg_hba') ? 'host' : 'refused', message);
    // insufficient_privilege: CONNECT, which everybody has unless it was revoked.
    case '42501':
      return new LoginError(
        'refused',
        message,
        `as an administrator: GRANT CONNECT ON DATABASE ${identifier(database)} TO ${identifier(user)};`,
      );
    // object_not_in_prerequisite_state: the database takes no connections.
    case '55000':
      return new LoginError(
        'refused',
        message,
        `as an administrator: ALTER DATABASE ${identifier(database)} ALLOW_CONNECTIONS true;`,
      );
    // too_many_connections: of the server, the database, or the role.
    case '53300':
      return new LoginError(
        'busy',
        message,
        'close idle ones, or raise max_connections, or the CONNECTION LIMIT of the database or the role, there: the ' +
          'stack needs some at once',
      );
    // cannot_connect_now: it starts, stops, or recovers.
    case '57P03':
      return new LoginError('busy', message);
    default:
      return undefined;
  }
}
