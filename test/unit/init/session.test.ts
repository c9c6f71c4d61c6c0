import { expect, it } from 'vitest';
import { startSession } from '../../../src/init/session.ts';
import { proof } from '../../proof/definition.ts';
import { recordedIo, workplace } from './support.ts';

const start = (set: string[], definition = proof) => {
  const cwd = workplace();
  const { io } = recordedIo(cwd, { stacks: [{ name: 'proof', load: async () => definition }] });
  return startSession({ dir: 'p', yes: true, set }, io, `${cwd}/p`, undefined);
};
const ANSWERS = ['image=node:22', 'nodes=n1,n2,n3'];

it('a file is taken for a secret that no question asks for', async () => {
  const { secrets } = await start([...ANSWERS, 'secretFiles.caCertificate=ca.crt', 'secretFiles.caKey=ca.key']);
  expect(Object.entries(secrets).map(([name, source]) => [name, source.from])).toEqual([
    ['caCertificate', 'file'],
    ['caKey', 'file'],
  ]);
});
it('which they are follows from the answers: a file of each node', async () => {
  const keyTables: typeof proof = {
    ...proof,
    plan: (name, given) => {
      const { secrets, ...rest } = proof.plan(name, given);
      const [ca, ...others] = secrets;
      const inputs = Object.fromEntries(given.nodes.map((node) => [node, `keytab-${node}`]));
      return { ...rest, secrets: [...(ca ? [{ ...ca, inputs }] : []), ...others] };
    },
  };
  const { secrets } = await start([...ANSWERS, 'secretFiles.keytab-n2=n2.keytab'], keyTables);
  expect(Object.keys(secrets)).toEqual(['keytab-n2']);
  await expect(start([...ANSWERS, 'secretFiles.keytab-n4=n4.keytab'], keyTables)).rejects.toThrow(
    'secretFiles.keytab-n4: no such answer',
  );
});
it('a name that these answers do not call for is refused, with the nearest that they do', async () => {
  await expect(start([...ANSWERS, 'secretFiles.caKye=ca.key'])).rejects.toThrow(
    'secretFiles.caKye: no such answer; did you mean secretFiles.caKey?',
  );
  await expect(start([...ANSWERS, 'secretFiles.caKey='])).rejects.toThrow('--set secretFiles.caKey= names no file');
});
it('without a plan it is said that the name may follow from other answers', async () => {
  await expect(start(['secretFiles.caKey=ca.key'])).rejects.toMatchObject({
    hints: [expect.stringContaining('may follow from other answers'), expect.any(String)],
  });
});
