/** How the metadata store is reached. */
export interface StoreSettings {
  type: 'mysql' | 'postgresql';
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  tls: boolean;
}
