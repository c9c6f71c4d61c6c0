/** Lines of the shell as Markdown below an item of a list. @param indent of what belongs to the item */
export const fenced = (lines: readonly string[], indent = '  '): string[] => [
  `${indent}\`\`\`sh`,
  ...lines.map((line) => `${indent}${line}`),
  `${indent}\`\`\``,
  '',
];
