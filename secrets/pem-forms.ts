import { X509Certificate, createPrivateKey } from 'node:crypto';

/** What a file is wanted for: a certificate or a private key, both as PEM. */
export type Wanted = 'certificate' | 'key';

/** A form that is not the PEM we take: its name for a sentence, and the command that turns FILE into it. */
export interface Form {
  name: string;
  hint: string;
}

/** The file that the command writes. */
const TARGET: Record<Wanted, string> = { certificate: 'ca.crt', key: 'ca.key' };
/** openssl's program that reads and prints each as PEM; it skips what else stands in a PEM file. */
const PROGRAM: Record<Wanted, string> = { certificate: 'x509', key: 'pkey' };

/** DER of OIDs that tell the containers apart (RFC 7292 4: PFX holds version 3; RFC 2315 14: signedData). */
const PFX_VERSION = Buffer.from('020103', 'hex');
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');

/**
 * Names the form of a file that is no plain PEM of what is wanted, with the exact command that turns it; the commands
 * were run with OpenSSL 3.0. Names nothing of the content.
 * @returns undefined if it has the wanted form, or one that nothing is known of
 */
export function otherForm(content: Buffer, wanted: Wanted): Form | undefined {
  if (content.length === 0) return undefined;
  return binaryForm(content, wanted) ?? textForm(content.toString('utf8'), wanted);
}

function binaryForm(content: Buffer, wanted: Wanted): Form | undefined {
  const encoding =
    content[0] === 0xff && content[1] === 0xfe
      ? 'UTF-16LE'
      : content[0] === 0xfe && content[1] === 0xff
        ? 'UTF-16BE'
        : undefined;
  if (encoding) return { name: 'UTF-16 text', hint: `\`iconv -f UTF-16 -t UTF-8 FILE > ${TARGET[wanted]}\`` };
  // Without a mark at its start: in the other order of bytes the same pairs begin at an odd place.
  const unmarked = content.indexOf(Buffer.from('-----BEGIN', 'utf16le'));
  if (unmarked >= 0) {
    const order = unmarked % 2 === 0 ? 'LE' : 'BE';
    return { name: 'UTF-16 text', hint: `\`iconv -f UTF-16${order} -t UTF-8 FILE > ${TARGET[wanted]}\`` };
  }
  const magic = content.subarray(0, 4).toString('hex');
  if (magic === 'feedfeed' || magic === 'cececece') {
    const turned = pkcs12Command('ca.p12', wanted);
    return {
      name: 'a Java key store (JKS)',
      hint:
        `\`keytool -importkeystore -srckeystore FILE -destkeystore ca.p12 -deststoretype PKCS12\`, then ` +
        `\`${turned}\``,
    };
  }
  // Every DER form is a SEQUENCE; text never begins so with bytes that are not ASCII behind.
  if (content[0] !== 0x30 || !content.subarray(0, 64).some((byte) => byte > 0x7f || byte < 0x09)) return undefined;
  return derForm(content, wanted);
}

function derForm(content: Buffer, wanted: Wanted): Form | undefined {
  const head = content.subarray(0, 24);
  if (head.includes(SIGNED_DATA)) return { name: 'a PKCS#7 container (DER)', hint: pkcs7Hint('-inform DER ', wanted) };
  if (afterHeader(content).subarray(0, 3).equals(PFX_VERSION)) {
    return {
      name: 'a PKCS#12 container (PFX)',
      hint: `\`${pkcs12Command('FILE', wanted)}\` (with -legacy too where openssl calls it unsupported)`,
    };
  }
  if (isDerCertificate(content))
    return (
      mismatched('certificate', wanted) ?? {
        name: 'a certificate as DER (binary)',
        hint: `\`openssl x509 -inform DER -in FILE -out ${TARGET.certificate}\``,
      }
    );
  const key = isDerKey(content) ? 'a private key as DER (binary)' : 'DER (binary)';
  if (key.startsWith('a private') && wanted === 'certificate') return mismatched('key', wanted);
  return { name: key, hint: `\`openssl ${PROGRAM[wanted]} -inform DER -in FILE -out ${TARGET[wanted]}\`` };
}

function textForm(text: string, wanted: Wanted): Form | undefined {
  const titles = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, title = '']) => title);
  const certificates = titles.filter((title) => /^((TRUSTED|X509) )?CERTIFICATE$/.test(title)).length;
  const keys = titles.filter((title) => title.endsWith('PRIVATE KEY')).length;
  if (titles.length === 0) return withoutTitle(text, wanted);
  if (titles.some((title) => /^(PKCS7|CMS)$/.test(title)))
    return { name: 'a PKCS#7 container (PEM)', hint: pkcs7Hint('', wanted) };
  if (titles.some((title) => /CERTIFICATE REQUEST$/.test(title))) {
    return {
      name: 'a certificate request, not yet a certificate',
      hint: 'have it signed; whoever signs it gives the certificate back',
    };
  }
  if (certificates + keys === 0) {
    if (titles.some((title) => /PUBLIC KEY/.test(title)))
      return {
        name: 'a public key alone',
        hint: `give the ${wanted === 'key' ? 'private key' : 'certificate'} of the CA`,
      };
    if (titles.some((title) => /CRL$/.test(title)))
      return { name: 'a list of revoked certificates (CRL)', hint: 'give the certificate of the CA that signed it' };
  }
  const found = wanted === 'certificate' ? certificates : keys;
  const otherHalf = found > 0 ? undefined : mismatched(wanted === 'certificate' ? 'key' : 'certificate', wanted);
  if (titles.includes('OPENSSH PRIVATE KEY'))
    return (
      mismatched('key', wanted) ?? {
        name: 'a private key in OpenSSH’s own form',
        hint: '`cp FILE ca.key && ssh-keygen -p -m PEM -f ca.key`',
      }
    );
  if (!isLined(text))
    return (
      otherHalf ?? {
        name: `PEM on one line${text.includes('\\n') ? ' (with \\n in place of line ends)' : ''}`,
        hint: oneLineHint(wanted),
      }
    );
  if (/^[ \t]+-----BEGIN /m.test(text))
    return (
      otherHalf ?? {
        name: 'PEM whose lines are indented',
        hint: `\`sed 's/^[[:space:]]*//' FILE > ${TARGET[wanted]}\``,
      }
    );
  if (titles.length > (text.match(/-----END [A-Z0-9 ]+-----/g) ?? []).length)
    return { name: 'PEM that is cut off: an END line is missing', hint: 'copy the whole file anew' };
  if (certificates > 0 && keys > 0)
    return {
      name: 'certificate and private key in one file',
      hint: `\`openssl ${PROGRAM[wanted]} -in FILE -out ${TARGET[wanted]}\``,
    };
  if (wanted === 'certificate' && titles.some((title) => /^(TRUSTED|X509) CERTIFICATE$/.test(title))) {
    return {
      name: `PEM with the title ${titles.find((title) => / CERTIFICATE$/.test(title))}`,
      hint: `\`openssl x509 -in FILE -out ${TARGET.certificate}\``,
    };
  }
  return undefined;
}

/** The other half of the pair in a binary or broken form: turning it would not help. */
function mismatched(found: Wanted, wanted: Wanted): Form | undefined {
  if (found === wanted) return undefined;
  return {
    name: found === 'key' ? 'a private key, not a certificate' : 'a certificate, not a private key',
    hint: 'were certificate and key swapped?',
  };
}

/** PEM wants its BEGIN and END on lines of their own, with base64 between (RFC 7468 2). */
function isLined(text: string): boolean {
  return !text.includes('\\n') && /-----BEGIN [A-Z0-9 ]+-----[ \t]*\r?\n/.test(text);
}

/** Text of nothing but base64, long enough to be a key or a certificate. */
function isBase64(text: string): boolean {
  const bare = text.replace(/\s/g, '');
  return bare.length > 100 && bare.startsWith('MI') && /^[A-Za-z0-9+/]+={0,2}$/.test(bare);
}

function withoutTitle(text: string, wanted: Wanted): Form | undefined {
  if (isBase64(text)) return { name: 'base64 without its BEGIN and END lines', hint: asDer('cat FILE', wanted) };
  // "-----BEGIN ", as Kubernetes' secrets and variables of CI systems hold it.
  if (text.trimStart().startsWith('LS0tLS1CRUdJTi'))
    return { name: 'base64 of a PEM file', hint: `\`base64 -d FILE > ${TARGET[wanted]}\`` };
  if (text.startsWith('PuTTY-User-Key-File'))
    return (
      mismatched('key', wanted) ?? {
        name: 'a private key in PuTTY’s own form',
        hint: '`puttygen FILE -O private-openssh -o ca.key && ssh-keygen -p -m PEM -f ca.key`',
      }
    );
  return undefined;
}

/** Takes the first block of the kind wanted, whatever stands before it (names of JSON) and for the line ends. */
function oneLineHint(wanted: Wanted): string {
  const title = wanted === 'certificate' ? 'CERTIFICATE' : 'PRIVATE KEY';
  return asDer(String.raw`awk 'BEGIN {RS="-----"} take {print; exit} /^BEGIN .*${title}$/ {take=1}' FILE`, wanted);
}

/** Takes escapes, quotes and white space out and reads the rest as DER. */
function asDer(read: string, wanted: Wanted): string {
  const bare = String.raw`${read} | sed 's/\\[nr]//g' | tr -cd 'A-Za-z0-9+/=' | openssl base64 -d -A`;
  return `\`${bare} | openssl ${PROGRAM[wanted]} -inform DER -out ${TARGET[wanted]}\``;
}

function pkcs12Command(file: string, wanted: Wanted): string {
  return (
    `openssl pkcs12 -in ${file} ${wanted === 'certificate' ? '-nokeys -clcerts' : '-nocerts -nodes'} -out ` +
    `${TARGET[wanted]}`
  );
}

function pkcs7Hint(form: string, wanted: Wanted): string {
  if (wanted === 'key') return 'it holds certificates and never a key; give the key’s own file';
  return (
    `\`openssl pkcs7 ${form}-in FILE -print_certs -out ${TARGET.certificate}\`, then keep the block of the CA ` +
    'that signs'
  );
}

/** What is in a DER SEQUENCE. */
function afterHeader(der: Buffer): Buffer {
  const length = der[1] ?? 0;
  return der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f));
}

function isDerCertificate(content: Buffer): boolean {
  try {
    return new X509Certificate(content).raw.length > 0;
  } catch {
    return false;
  }
}

function isDerKey(key: Buffer): boolean {
  return (['pkcs8', 'pkcs1', 'sec1'] as const).some((type) => {
    try {
      return createPrivateKey({ key, format: 'der', type }).type === 'private';
    } catch {
      return false;
    }
  });
}
