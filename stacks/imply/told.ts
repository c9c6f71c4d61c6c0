import type { ToldSecret } from '../../src/sdk/definition.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { MYSQL } from './members.ts';
import { STORE_PASSWORD } from './secrets.ts';
import { NETWORK } from './services.ts';

/** Where the program finds the password that is to be. */
const NEXT = 'next-store-password';
/** And those that may be the present one, besides what the running store has mounted. */
const FORMER = 'former-store-password';

/**
 * MySQL takes its root password from the file only when it makes its data: with the new secret alone the manager would
 * be refused from its restart on.
 */
export function told(answers: ImplyAnswers): ToldSecret[] {
  if (!storeEmbedded(answers)) return [];
  return [
    {
      file: STORE_PASSWORD,
      what: 'the root password of the store',
      services: [MYSQL],
      network: NETWORK,
      command: ['sh', '-c', SCRIPT],
      target: NEXT,
      former: FORMER,
      secrets: [STORE_PASSWORD],
      timeoutSeconds: 120,
    },
  ];
}

/**
 * By the password that the running store has mounted, or by one of those that an update which stopped halfway may have
 * told it. It stands in no argument and no variable of `mysql`, which reads it from a pipe (bash may put a
 * here-document into a file), and what that prints is not kept: it quotes the statement that it could not read. No
 * password has a ' or a \, which `secretNeeds` holds.
 */
const SCRIPT = `refuse() { echo "$1"; exit 1; }
as() {
  {
    printf "[client]\\npassword='%s'\\n" "$(cat "/run/secrets/$1")" |
      mysql --defaults-extra-file=/dev/fd/3 --host=${MYSQL} --user=root --connect-timeout=20 \\
        --default-character-set=utf8mb4 3<&0 0<&4 > /dev/null 2>&1
  } 4<&0
}
lets_in() { echo 'SELECT 1;' | as "$1"; }
lets_in ${NEXT} && exit 0
for present in ${STORE_PASSWORD} $(cd /run/secrets && ls ${FORMER}.* 2> /dev/null); do
  lets_in "$present" && break
  present=
done
[ -n "$present" ] || refuse 'MySQL lets root in by neither the new password nor one that came before it, or does not answer'
next=$(cat /run/secrets/${NEXT})
for host in localhost %; do printf "ALTER USER IF EXISTS 'root'@'%s' IDENTIFIED BY '%s';\\n" "$host" "$next"; done |
  as "$present" || refuse 'MySQL did not take it'
lets_in ${NEXT} || refuse 'MySQL took it, and does not let root in by it'`;
