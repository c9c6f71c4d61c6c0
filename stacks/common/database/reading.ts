/** Who logs in to which database server. */
export interface DatabaseLogin {
  host: string;
  port: number;
  user: string;
  password: string;
  /** The database that is asked for; it need not be there. */
  database: string;
  /**
   * PEM certificates that the server's must chain to. Undefined: any certificate is taken, and so is a server without
   * TLS.
   */
  authority: string | undefined;
}

/** What a database server says of itself and of the user who asks. Nothing is changed by asking. */
export interface DatabaseReading {
  version: string;
  /** With the product's own name, if it differs: MariaDB. */
  product: string;
  tls: TlsReading;
  /** Of databases that are made without naming one. */
  characterSet: string;
  /** Undefined: there is none of that name, or the user may not see it. */
  database: { characterSet: string } | undefined;
  /** As the server names the user: `'imply'@'%'`, `imply`. */
  account: string;
  rights: DatabaseRights;
}

export interface TlsReading {
  /** `TLSv1.3`; undefined if the server offers none. */
  protocol: string | undefined;
  /** The server takes no connection in clear. Undefined: it does not tell. */
  required: boolean | undefined;
  /** Why its certificate is not trusted: by the authority, or if none is given by this machine. */
  distrusted: string | undefined;
  /** Why its certificate does not name the host. */
  misnamed: string | undefined;
}

export interface DatabaseRights {
  /** May make databases of any name. */
  create: boolean;
  /** Patterns of names of databases that it may make if it may not make any. */
  createLike: string[];
  /** What it lacks to make and use tables in the database that is asked for, as grants of the server name it. */
  lacks: string[];
}

/**
 * refused: user and password, or what follows from them · busy: it lets in nobody just now · host: this machine is not
 * let in, another might be · untried: it cannot be tried from here · distrusted: the server could not prove to be the
 * one that the authority vouches for · absent: the database is not there, and no other lets the user in, whose account
 * has the name that he logs in with
 */
export type LoginReason = 'refused' | 'busy' | 'host' | 'untried' | 'distrusted' | 'absent';

/** A login that failed for a reason of the server's. */
export class LoginError extends Error {
  readonly reason: LoginReason;
  /** What fixes it, if that is known of this very error. */
  readonly mend: string | undefined;

  constructor(reason: LoginReason, message: string, mend?: string) {
    super(message);
    this.name = 'LoginError';
    this.reason = reason;
    this.mend = mend;
  }
}
