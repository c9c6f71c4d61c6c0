import type { External, SecretPart, ServerAddress } from '../../../src/sdk/definition.ts';
import type { DatabaseLogin, DatabaseReading, LoginReason } from './reading.ts';

/** A database server that the stack logs in to. */
export interface DatabaseServer extends Pick<External, 'what' | 'clients'>, ServerAddress {
  user: string;
  password: SecretPart;
  /** Key below `secretFiles` by which `init` takes the password from a file. */
  passwordInput: string;
  /** PEM certificates, one of which its own must chain to; undefined if the stack is told of none. */
  authority?: SecretPart;
  /** The one that the stack is told to use; it makes it itself if the user may. */
  database: string;
  /** Others that it makes later, by names that nobody knows yet: `one for each cluster`. */
  furtherDatabases: string;
  /** Oldest version that will do; undefined if none is named. */
  oldest?: string;
  /** Products of the same protocol that the software's vendor excludes, as they call themselves: MariaDB. */
  excluded: string[];
  /** Of the database, and of databases made without naming one. */
  characterSet: string;
}

/**
 * What differs between products: how one is read, and the SQL for an administrator to run, which is never run by us.
 */
export interface Dialect {
  /** For sentences: `a MySQL`. */
  title: string;
  /** Logs in and reads. @throws LoginError, or Error with the driver's reason */
  read(login: DatabaseLogin): Promise<DatabaseReading>;
  /** What the server says before anyone logs in, if it speaks first; undefined if it is another server. */
  greeting?(bytes: Buffer): ServerGreeting | undefined;
  /** The address that an account's rights are bound to, if they are. */
  boundTo(account: string): string | undefined;
  /** Makes the database unless it is `there`, and gives the right to use it. `account` and `lacks` are as read. */
  prepare(
    database: string,
    account: string,
    options: { there: boolean; lacks: readonly string[]; characterSet: string },
  ): string;
  /** The right to make more, of names that are not known. */
  allowMore(account: string): string;
  recode(database: string, characterSet: string): string;
  serverCharacterSet(characterSet: string): string;
}

/** A product and its version; or why the server takes nobody, or nobody from this machine, and what fixes that. */
export type ServerGreeting = Product | { refusal: { reason: LoginReason; text: string; mend?: string } };

export type Product = Pick<DatabaseReading, 'product' | 'version'>;
