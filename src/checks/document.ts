import { checkDocument } from '../compose/rules.ts';
import type { Check } from './check.ts';

export const documentRules: Check = {
  name: 'stack-file',
  title: 'stack.yml',
  offline: true,
  run({ stack, document }) {
    const problems = checkDocument(stack, document);
    if (problems.length === 0)
      return [{ level: 'ok', text: `${Object.keys(document.services).length} services, names and references fit` }];
    return problems.map((problem) => ({
      level: 'error',
      text: `${problem.path}: ${problem.message} (${problem.id})`,
      ...(problem.fix ? { hint: problem.fix } : {}),
    }));
  },
};
