/** A name as SQL of PostgreSQL takes it, whatever is in it. */
export const identifier = (text: string): string => `"${text.replaceAll('"', '""')}"`;
