import type { CheckOutcome } from '../result.ts';

/** HTTP status by what was sent. `right` is undefined if the token is not on this machine. */
export interface AuthenticationAnswers {
  right: number | undefined;
  wrong: number;
  none: number;
}

type Verdict = 'refused' | 'let in' | 'unclear';

/**
 * Whether a server lets the token in and nobody else. Only 401 and 403 refuse; 408, 429 and 5xx say nothing about who
 * asked.
 */
export function judgeAuthentication({ right, wrong, none }: AuthenticationAnswers): CheckOutcome {
  const evidence = `with the token ${right ?? 'not asked'}, with a wrong one ${wrong}, without ${none}`;
  const open = [
    ...(verdict(wrong) === 'let in' ? ['a wrong token'] : []),
    ...(verdict(none) === 'let in' ? ['no token at all'] : []),
  ];
  if (open.length > 0) return { status: 'failed', detail: `it lets in ${open.join(' and ')}: ${evidence}` };
  if (right !== undefined && verdict(right) === 'refused')
    return { status: 'failed', detail: `it refuses the bundle’s token: ${evidence}` };
  if ([wrong, none].some((status) => verdict(status) === 'unclear'))
    return { status: 'unsure', detail: `its answers do not tell: ${evidence}` };
  if (right === undefined)
    return {
      status: 'unsure',
      detail:
        'it refuses others, but whether it takes the bundle’s token was not asked: this checkout has no secrets/ ' +
        `(${evidence})`,
    };
  return verdict(right) === 'unclear'
    ? { status: 'unsure', detail: `its answers do not tell: ${evidence}` }
    : { status: 'passed', detail: evidence };
}

function verdict(status: number): Verdict {
  if (status === 401 || status === 403) return 'refused';
  return status < 200 || status >= 500 || status === 408 || status === 429 ? 'unclear' : 'let in';
}
