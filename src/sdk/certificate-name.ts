/*
 * Certificates with names of hosts alone have an empty subject, as many authorities issue them. Node's types promise a
 * text for that; it gives undefined.
 */

/** Whose a certificate is, an attribute a line; empty if it names nobody. */
export const subjectOf = ({ subject = '' }: { subject?: string }): string => subject;

/** Who issued a certificate, as `subjectOf` has it. */
export const issuerOf = ({ issuer = '' }: { issuer?: string }): string => issuer;

/** Whose a certificate is, on one line. */
export const subjectLine = (certificate: { subject?: string }): string => subjectOf(certificate).replaceAll('\n', ', ');
