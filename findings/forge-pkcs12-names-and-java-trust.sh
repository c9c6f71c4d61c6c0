#!/usr/bin/env bash
# node-forge 1.4.3 (npm) writes a PKCS#12 file with one CA certificate; OpenSSL 3 and Java 17 read it. Two surprises,
# and neither shows as an error:
# 1. OpenSSL lists the certificate. Java's keytool accepts file and password, ends with 0, and shows 0 entries: a Java
#    server that has the file as its trust store trusts nobody. Java counts a certificate only if it has an attribute
#    of its own, "trusted key usage", and forge has no option that writes it.
# 2. Whoever adds the attribute builds the entry's name beside it. Every value given to forge's asn1.create is bytes,
#    an INTEGER's and a UTF8String's too; only a BMPString's value is characters: asn1.toDer makes UTF-16 of them. A
#    name that is UTF-16 already, as PKCS#12 asks for, is encoded twice. Java takes it as a name of six characters,
#    three of them NUL; the entry is counted as before, and asking for it by its name fails.
# Matters to whoever makes trust stores for Java servers (Kafka, ZooKeeper, Druid) in Node: check the store with
# keytool, by entry and by name, for OpenSSL's word says nothing about Java.
# Needs Node 20 or newer, Java 17 or newer, OpenSSL 3.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm install --silent --no-save --ignore-scripts --prefix "$work" node-forge@1.4.3
node -p '"node-forge " + require("node-forge/package.json").version'
openssl version
java -version 2>&1 | sed 1q

cat > write.js << 'JS'
const { writeFileSync } = require('node:fs');
const { generateKeyPairSync } = require('node:crypto');
const { asn1, md, pki, pkcs12 } = require('node-forge');

const { SEQUENCE, SET, OID, BMPSTRING } = asn1.Type;
const make = (type, constructed, value) => asn1.create(asn1.Class.UNIVERSAL, type, constructed, value);
const oid = (text) => make(OID, false, asn1.oidToDer(text).getBytes());

const pem = generateKeyPairSync('rsa', {
	modulusLength: 2048,
	publicKeyEncoding: { type: 'spki', format: 'pem' },
	privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ca = pki.createCertificate();
ca.publicKey = pki.publicKeyFromPem(pem.publicKey);
ca.serialNumber = '01';
ca.validity.notBefore = new Date(Date.now() - 3_600_000);
ca.validity.notAfter = new Date(Date.now() + 86_400_000);
ca.setSubject([{ name: 'commonName', value: 'Finding CA' }]);
ca.setIssuer(ca.subject.attributes);
ca.setExtensions([
	{ name: 'basicConstraints', cA: true, critical: true },
	{ name: 'keyUsage', keyCertSign: true, critical: true },
]);
ca.sign(pki.privateKeyFromPem(pem.privateKey), md.sha256.create());

// Three stores, not encrypted and without a MAC: as forge writes it; with the attribute; with the name in UTF-16.
function store(file, name, trusted) {
	const options = { useMac: false, generateLocalKeyId: false, friendlyName: name };
	const pfx = pkcs12.toPkcs12Asn1(null, ca, 'changeit', options);
	if (trusted) {
		const authSafe = pfx.value[1].value[1].value[0];
		const safe = asn1.fromDer(authSafe.value);
		const bags = safe.value[0].value[1].value[0];
		const contents = asn1.fromDer(bags.value);
		const anyUse = make(SET, true, [oid('2.5.29.37.0')]);
		contents.value[0].value[2].value.push(make(SEQUENCE, true, [oid('2.16.840.1.113894.746875.1.1'), anyUse]));
		bags.value = asn1.toDer(contents).getBytes();
		authSafe.value = asn1.toDer(safe).getBytes();
	}
	writeFileSync(file, asn1.toDer(pfx).getBytes(), 'latin1');
}
store('plain.p12', 'ca1', false);
store('trusted.p12', 'ca1', true);
store('utf16.p12', Buffer.from('ca1', 'utf16le').swap16().toString('latin1'), true);
// The control: the bytes that a BMPString of three characters must have.
console.log('BMPString of "ca1":', asn1.toDer(make(BMPSTRING, false, 'ca1')).toHex());
JS
node write.js

changed() { echo "changed: $*"; exit 1; }
list() { keytool -J-Duser.language=en -list -keystore "$1" -storetype PKCS12 -storepass changeit "${@:2}"; }

for name in plain trusted utf16; do
	certificates="$(openssl pkcs12 -in "$name.p12" -nokeys -nomacver -passin pass:changeit | grep -c 'BEGIN CERT')"
	entries="$(list "$name.p12" | sed -n 's/.*contains \([0-9]*\) entr.*/\1/p')"
	asked=0
	list "$name.p12" -alias ca1 > "$name.out" 2>&1 || asked=$?
	echo "$name.p12: OpenSSL $certificates certificate, keytool $entries entries"
	echo "  keytool -alias ca1 ends with $asked: $(sed 1q "$name.out")"
	echo "$certificates $entries $asked" > "$name.seen"
done
list utf16.p12 | grep -a trustedCertEntry | od -An -c | sed 1q

[ "$(cat plain.seen)" = '1 0 1' ] || changed 'the store as forge writes it is no longer empty to Java'
[ "$(cat trusted.seen)" = '1 1 0' ] || changed 'the attribute no longer makes the certificate an entry named ca1'
[ "$(cat utf16.seen)" = '1 1 1' ] || changed 'a name already in UTF-16 is no longer encoded twice'
echo 'seen: a store that OpenSSL lists is empty to Java, and a name in UTF-16 gives an entry that nobody finds by name'
