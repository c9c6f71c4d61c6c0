import type { LogExpectation, ProgramVerdict } from '../../src/sdk/definition.ts';
import { ADMIN, type KafkaAnswers } from './answers.ts';
import type { Member } from './members.ts';

/** Who may do what is kept in the cluster, and asked by every member. */
export const AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';

/**
 * The one principal of all members, if they are not numbered once and for all: one more changes no other by its name.
 */
export const MEMBERS = 'CN=kafka';

/** Who may do everything: the members, since brokers and controllers ask one another for it, and the administrator. */
export function superUsers({ clients, controllers }: KafkaAnswers, members: readonly Pick<Member, 'name'>[]): string[] {
  return [
    ...(controllers.apart ? [MEMBERS] : members.map(({ name }) => `CN=${name}`)),
    clients.login === 'certificate' ? `CN=${ADMIN}` : ADMIN,
  ].map((name) => `User:${name}`);
}

/**
 * That permissions are asked for, of everyone but the super users: what the authorizer says of itself when it starts,
 * of a broker as of a controller, at INFO on the console (run, 4.4.0; StandardAuthorizer, configure, of 3.7 is the
 * same). Without an authorizer, or with another one, there is no such line.
 */
export const permissions = ({ id }: Pick<Member, 'id'>, users: readonly string[]): LogExpectation => ({
  name: 'Permissions',
  contains: `[StandardAuthorizer ${id}] set super.users=`,
  says: {
    seen: 'which names its own super users alone, and denies what no permission allows',
    judge: (line) => judgePermissions(line, users),
  },
  remedy:
    '`bundle plan` shows what was changed by hand, and `bundle deploy` puts it right; if it shows nothing, look for ' +
    'settings in the image itself (/mnt/shared/config/server.properties)',
});

/** The authorizer keeps super users in a set: they are printed in any order. */
export function judgePermissions(line: string, users: readonly string[]): ProgramVerdict {
  const [, named, otherwise] = /set super\.users=(.*), default result=(\w+)/.exec(line) ?? [];
  if (named === undefined)
    return { status: 'unsure', detail: 'its line of super users is of a form that is not known' };
  const same = named.split(',').sort().join() === [...users].sort().join();
  const faults = [
    ...(otherwise === 'DENIED'
      ? []
      : ['whoever logs in may do everything that no permission names (allow.everyone.if.no.acl.found)']),
    ...(same ? [] : [`others than ${users.join(', ')} are its super users, who may do everything`]),
  ];
  return faults.length > 0
    ? { status: 'failed', detail: faults.join('; ') }
    : { status: 'passed', detail: `without a permission nobody may do anything but ${users.join(', ')}` };
}
