import { describe, expect, test } from 'vitest';
import { mysqlRefusal } from '../../../stacks/mysql/refusals.ts';

describe('what a MySQL says at login', () => {
  test.each<[number, string, string, RegExp]>([
    [1862, 'Your password has expired. To log in you must change it using a client that …', 'refused', /ALTER USER/],
    [1820, 'You must reset your password using ALTER USER statement before executing …', 'refused', /ALTER USER/],
    [1524, "Plugin 'mysql_native_password' is not loaded", 'refused', /caching_sha2_password/],
    [1045, "Access denied for user 'imply'@'10.0.0.1' (using password: YES)", 'refused', /password/],
    [1698, "Access denied for user 'root'@'localhost'", 'refused', /IDENTIFIED WITH/],
    [3118, "Access denied for user 'imply'@'%'. Account is locked.", 'refused', /ACCOUNT UNLOCK/],
    [3955, 'Access denied for user … blocked by password lock', 'refused', /ACCOUNT UNLOCK/],
    [4151, 'Access denied, this account is locked', 'refused', /ACCOUNT UNLOCK/],
    [3159, 'Connections using insecure transport are prohibited …', 'refused', /certificate/],
    [1251, 'Client does not support authentication protocol requested by server', 'refused', /IDENTIFIED WITH/],
    [1040, 'Too many connections', 'busy', /max_connections/],
    [1203, 'User imply already has more than …', 'busy', /max_user_connections/],
    [1226, "User 'imply' has exceeded the 'max_user_connections' resource", 'busy', /limit/],
    [1053, 'Server shutdown in progress', 'busy', /again/],
    [3032, 'The server is currently in offline mode', 'busy', /offline_mode/],
    [1129, "Host '10.0.0.1' is blocked because of many connection errors", 'host', /FLUSH HOSTS/],
    [1130, "Host '10.0.0.1' is not allowed to connect to this MySQL server", 'host', /nodes/],
    [1043, 'Bad handshake', 'untried', /error log/],
    [1047, 'WSREP has not yet prepared node for application use', 'busy', /wsrep_ready/],
    [1049, "Unknown database 'imply_manager'", 'refused', /CREATE DATABASE/],
    [1184, 'Aborted connection 12 to db', 'busy', /error log/],
    [1873, "Access denied trying to change to user 'imply'", 'refused', /password/],
    [1927, 'Connection was killed', 'busy', /again/],
    [3168, "Server isn't available", 'busy', /wait/],
    [4031, 'The client was disconnected by the server because of inactivity', 'busy', /again/],
    [9000, "Client with IP address '198.51.100.7' is not allowed to connect to this MySQL server.", 'host', /nodes/],
    [9001, 'Max connect timeout reached while reaching hostgroup 0 after 10000ms', 'busy', /proxy/],
    // In no table.
    [1105, 'Unknown error', 'untried', /error log/],
    [3988, 'Conversion from collation x', 'untried', /error log/],
    [45000, 'what an init_connect said', 'untried', /error log/],
  ])('%i %s: %s', (errno, words, reason, mend) => {
    expect(mysqlRefusal(errno, words)).toMatchObject({ reason, mend: expect.stringMatching(mend) as string });
  });

  test('an unknown plugin, in the driver’s words: cannot be tried, and nothing of its "TODO" is said', () => {
    const found = mysqlRefusal(
      undefined,
      'Server requests authentication using unknown plugin authentication_ldap_simple. See TODO: add plugins doco here ' +
        'on how to configure or author authentication plugins.',
    );
    expect(found).toMatchObject({
      reason: 'untried',
      means: expect.stringContaining('authentication_ldap_simple') as string,
    });
    expect(`${found?.means} ${found?.mend}`).not.toContain('TODO');
  });

  test.each([
    [undefined, 'connect ECONNREFUSED 10.0.0.1:3306'],
    [undefined, 'connect ETIMEDOUT'],
    [2013, 'Lost connection'],
    [2003, "Can't connect to MySQL server"],
    [-111, 'connect ECONNREFUSED 10.0.0.1:3306'],
    [undefined, 'Connection lost: The server closed the connection.'],
  ])('%s %s is not a refusal', (errno, words) => {
    expect(mysqlRefusal(errno, words)).toBeUndefined();
  });
});
