const SHELL = '/bin/sh';

/**
 * An entrypoint that reads a file for each of the variables, exports its content and then becomes the command that
 * follows it. POSIX sh and nothing but its own words: what else is in the image is not known, and no value is ever an
 * argument of a program. As with `$(cat FILE)` the last line end is no part of a value, but only that one. Inline, not
 * a swarm config: it changes with its service, goes back with it, and is there wherever the service is.
 * @param directory ends in a slash
 */
export function exporter(directory: string, variables: readonly string[]): string[] {
  const foreign = variables.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (foreign !== undefined) throw new TypeError(`${foreign} is no name of an environment variable`);
  const script = [
    `for bundle_name in ${variables.join(' ')}; do`,
    '  bundle_value= bundle_end=',
    '  while IFS= read -r bundle_line || [ -n "$bundle_line" ]; do',
    '    bundle_value=$bundle_value$bundle_end$bundle_line',
    "    bundle_end='",
    "'",
    `  done < "${directory}$bundle_name" || { echo "cannot read ${directory}$bundle_name" >&2; exit 1; }`,
    '  export "$bundle_name=$bundle_value"',
    'done',
    'unset bundle_name bundle_value bundle_end bundle_line',
    'exec "$@"',
    '',
  ];
  return [SHELL, '-c', script.join('\n'), 'export-secrets'];
}
