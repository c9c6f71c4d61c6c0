/** Longest stack name: leaves room for `_<secret>.v<N>` within the 64 characters swarm allows for a secret's name. */
export const STACK_NAME_MAX = 20;

/**
 * Of an argument, or of a variable with its name and `=`, and the zero byte at its end (Linux:
 * include/uapi/linux/binfmts.h, MAX_ARG_STRLEN, 32 pages); one that is longer ends execve with E2BIG, "argument list
 * too long".
 */
export const LONGEST_ARGUMENT = 131_072;

/** Whether Linux starts no program with this variable. */
export const isTooLong = (name: string, bytes: number): boolean => name.length + 1 + bytes + 1 > LONGEST_ARGUMENT;
