/** A JSON document as it is printed and written to files. */
export const jsonText = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;
