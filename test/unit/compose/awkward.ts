/**
 * Strings that YAML readers, docker's interpolation or shells are known to change when they are not quoted or escaped with care.
 * Sources: yaml.org/type (YAML 1.1 words and numbers), docker/cli cli/compose/template, and what broke while this was written.
 */
export const AWKWARD: readonly string[] = [
  '', ' ', '  x', 'x  ', '\t', '\tx', 'x\t', '\n', 'a\n', '\na', 'a\n\nb', 'a\n  b\n', ' a\nb', 'a \nb', 'a\t\nb', 'trailing\n\n\n', '\n\n',
  'y', 'Y', 'n', 'N', 'yes', 'Yes', 'YES', 'no', 'No', 'NO', 'on', 'On', 'ON', 'off', 'Off', 'OFF', 'true', 'True', 'TRUE', 'false', 'False', 'FALSE',
  'null', 'Null', 'NULL', '~', 'nil', 'none', 'undefined', '<<', '=', '-', '--', '---', '...', '--- x', '... x', '%YAML 1.1', '%x',
  '0', '00', '007', '012', '0o17', '0O17', '017', '08', '09', '0x1F', '0X1f', '0x_1', '0b101', '0B1', '1_000', '1_0.5', '_1', '1_', '+1', '-1', '+.5', '.5', '5.', '1.', '1.0', '1.50',
  'e1', 'e00000', 'E-000001', '1e3', '1E3', '1e+3', '1.e3', '.inf', '.Inf', '-.INF', '+.inf', '.nan', '.NaN', 'inf', 'nan', 'Infinity', 'NaN', '-0', '+0', '-0.0', '9223372036854775808', '18446744073709551616',
  '22:22', '12:30:45', '190:20:30', '1:60', '0:0', '2001-12-14', '2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43.10 -5', '2002-1-1', '12-34',
  '$', '$$', '$$$', '$$$$', 'a$', '$a', '$A', '${', '${}', '${A}', '${A:-b}', '${A:?b}', '$1', '$ x', '$(x)', '$$A', '$${A}', '$$$A', 'a$$b$c', '\\$A', '$\n', '$é', '{{$A}}',
  '"', "'", '""', "''", '"x"', "'x'", 'a"b', "a'b", '\\', '\\n', '\\\\', '\\x41', '\\u0041', 'C:\\dir', 'a\\\nb', '`x`', '"$A"', "'$A'",
  ':', 'a:', ':a', 'a:b', 'a: b', 'a :b', '#', '#x', 'a#b', 'a #b', 'a # b', '- a', '-a', '? a', '?a', '! a', '!a', '!!str x', '& a', '&a', '*', '*a', '@a', '%a', '|', '|-', '>', '> x', '>-\n x',
  '[', ']', '[a]', '[a', '{', '}', '{a}', '{a: b}', '{', ',', 'a,b', ', a', 'a, b', '{{.Node.Hostname}}', '{{ .Task.Slot }}', '{{', '}}',
  'é', 'ß', '日本語', '\u00a0', '\u00a0x\u00a0', '\u2003x', '\u200b', '\u200e', '\u2010', '\ufe0f', '\ufffd', '😀', '👩‍👩‍👧', '\u{10ffff}'.slice(0, 0) + '\u{1f4a9}', 'e\u0301', '\u202e',
  'x'.repeat(81), `${'word '.repeat(40)}end`, `${'word '.repeat(20)}\n${'word '.repeat(20)}`, 'x'.repeat(5000), `${' '.repeat(100)}x`, 'a'.repeat(79) + ' b', `-${'x'.repeat(100)}`, `#${'x '.repeat(100)}`,
  'jdbc:mysql://db:3306/x?useSSL=true&a=b', 'server.1=zk-1:2888:3888;2181', '-Xmx4g -Dx=y', 'p@ss:w0rd#!%&*', 'pa$$word', '{"a": [1, "b"]}', '<xml attr="v">', 'a=b=c', '=x', 'A=${B}',
];
